"""Defects of the counts of users that triggers keep, on which monitoring rests."""
