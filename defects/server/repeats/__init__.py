"""How often a request is processed."""
