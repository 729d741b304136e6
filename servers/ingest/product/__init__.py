"""The product around the recorder: history, replay, favourites. ``--improvement product``."""
