"""What the server lets monitoring see, beside its own counters."""
