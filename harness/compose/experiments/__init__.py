"""Experiments: one block after the other, each slot a run on a stack of its own."""
