"""One run: what a scenario acts through."""
