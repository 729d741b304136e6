"""Load: the Locust child and what it records."""
