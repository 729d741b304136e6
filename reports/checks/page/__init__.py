"""Checks of what pages did: flushes, retries, leaving."""
