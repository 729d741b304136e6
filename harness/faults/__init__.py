"""Faults: what breaks, heals, and leaves a record."""
