"""The portable backend: Toxiproxy."""
