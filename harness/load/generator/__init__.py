"""The load generator: what runs in the Locust child and its workers."""
