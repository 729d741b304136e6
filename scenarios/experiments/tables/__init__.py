"""What tables cost: indexes, their building, expiry, on a table beside the target's."""
