"""Whose impression it is."""
