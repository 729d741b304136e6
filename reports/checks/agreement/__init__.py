"""Checks that two witnesses of one fact agree, asked of every run that has both."""
