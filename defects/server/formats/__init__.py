"""Ids that are taken for JSON, markup, paths or numbers."""
