"""One module per command; each parses its arguments and calls what does the work."""
