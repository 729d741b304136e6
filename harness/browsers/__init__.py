"""Browsers: which there are, how they start, what a visitor does."""
