"""The product around the recorder: history and replay. ``--improvement product`` has it."""
