"""Tests of servers/ingest/experiments."""
