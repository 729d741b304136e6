"""Checks: pure functions from a ledger to a finding."""
