"""Defects of the live feed: whom it holds up, what it leaves out, what it says again."""
