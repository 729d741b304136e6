"""Defects of the harness: rows that are not written, or written twice."""
