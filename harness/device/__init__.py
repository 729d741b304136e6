"""A device that a person holds: invited by a link, led step by step, watched by the ledger."""
