"""Where overrides of the server sit, and what many of them share."""
