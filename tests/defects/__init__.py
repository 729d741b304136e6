"""Servers that are wrong on purpose: the harness must catch each of them."""
