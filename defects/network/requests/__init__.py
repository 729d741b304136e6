"""Faults of single requests."""
