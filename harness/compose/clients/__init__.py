"""Clients of somebody else's: their adapters, their packages, and the proof that they send."""
