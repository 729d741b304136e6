"""Defects of the server: keys that two impressions share."""
