"""Checks of the product around the recorder."""
