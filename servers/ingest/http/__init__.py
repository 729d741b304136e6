"""The HTTP side of the ingest server."""
