"""Checks of what became of impressions."""
