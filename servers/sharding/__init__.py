"""Impressions on several PostgreSQL clusters by user: buckets, who owns them, and moving them."""
