"""Witnesses: the database, its activity, the machine, the server's metrics."""
