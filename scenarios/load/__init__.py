"""Scenarios: load."""
