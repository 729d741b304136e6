"""Scheduling: what of a plan runs, how long it takes, and what is left for later."""
