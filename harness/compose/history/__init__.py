"""Stored history: an archive of facts in a folder or a PostgreSQL, and its SQL index."""
