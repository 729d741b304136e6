"""Ledgers larger than memory: divided by user, on disk, and read part by part."""
