"""Measures: runs, witnesses, ledger, faults, load and browsers."""
