"""Tests of answers about freshness that are kept for a while."""
