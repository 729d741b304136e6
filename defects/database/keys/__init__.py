"""Indexes and columns that do not keep impressions apart, or together."""
