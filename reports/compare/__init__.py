"""Two stored suites, runs or experiments side by side: environment, fates, checks, latencies."""
