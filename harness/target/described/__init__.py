"""A system that a target file describes: its API, its session, its answers, how truth is read."""
