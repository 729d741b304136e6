"""Findings, cells, suites and their verdicts."""
