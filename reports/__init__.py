"""Judges and shows: reads run directories only."""
