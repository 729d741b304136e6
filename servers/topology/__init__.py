"""The reference system as processes: PostgreSQL, the ingest server, Toxiproxy."""
