"""Scenarios: monitoring."""
