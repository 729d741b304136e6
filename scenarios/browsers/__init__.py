"""Scenarios: browsers."""
