"""The reference system as a target: its dialect and its page, and nothing of its servers."""
