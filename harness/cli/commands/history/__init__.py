"""Commands that read and keep the history of suites."""
