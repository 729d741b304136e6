"""Rows of witnesses beside a running system: its alerts, its pool of artworks."""
