"""Judging a ledger that is larger than memory, part by part."""
