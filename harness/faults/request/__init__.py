"""Faults of single requests and answers, made by a gateway before the server."""
