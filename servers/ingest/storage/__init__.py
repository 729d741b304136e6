"""The database side of the ingest server."""
