"""Commands that read what earlier runs left."""
