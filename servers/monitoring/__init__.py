"""Alert rules, their routes and the programs that watch over the ingest server."""
