"""A suite against a baseline: a set of earlier suites, whose nights differ by chance."""
