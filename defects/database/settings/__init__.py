"""Settings of PostgreSQL that let a commit be lost."""
