"""The reference ingest server."""
