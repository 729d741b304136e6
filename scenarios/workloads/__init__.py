"""Scenarios: workloads."""
