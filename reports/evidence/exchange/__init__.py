"""Requests as both of their ends report them: what clients sent and read, what the server did."""
