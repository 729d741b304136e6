"""The database: its indexes, its settings, what else writes to it."""
