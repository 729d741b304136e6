"""Kinds of rows that a witness never writes."""
