"""A history of suites: the facts that are kept of each, and how they developed."""
