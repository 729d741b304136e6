"""Servers with one defect each: what the harness must catch, by the right name."""
