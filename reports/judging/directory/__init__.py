"""One run directory: whether it holds the planned run, and what can be read of it."""
