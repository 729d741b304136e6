"""Situations that a scenario is about and the harness does not bring about."""
