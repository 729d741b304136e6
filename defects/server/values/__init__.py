"""Ids that are stored as something else than they are."""
