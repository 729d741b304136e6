"""A folder of stored suites, runs and experiments as a whole."""
