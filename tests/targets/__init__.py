"""Servers of a user's own, by target files: what `--target` starts instead of the reference."""
