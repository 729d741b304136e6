"""Paired block experiments: exact intervals, planned looks, verdicts with a margin."""
