"""Defects of the artwork pool: how new artworks are ordered, and how they are made."""
