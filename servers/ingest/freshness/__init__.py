"""Answers about freshness that are kept for a while, so that the database is asked less often."""
