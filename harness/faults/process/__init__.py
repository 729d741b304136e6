"""Faults of processes: the server and the database are killed, stopped, started."""
