"""Tests of the ingest server."""
