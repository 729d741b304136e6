"""Whether a trend finds what was planted in a history, and nothing else."""
