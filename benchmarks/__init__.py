"""How fast the reference ingest server is, beside PostgreSQL alone on the same machine."""
