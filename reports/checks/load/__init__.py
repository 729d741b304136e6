"""Checks of a load: latency, flush success, resources, the generator."""
