"""Reads of the table that are too early, too few, or of something else."""
