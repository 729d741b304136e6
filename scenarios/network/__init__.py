"""Scenarios: network."""
