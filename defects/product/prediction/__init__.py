"""Defects of predictions and of what is loaded ahead."""
