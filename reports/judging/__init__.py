"""Judging stored runs and suites."""
