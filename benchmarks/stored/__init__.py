"""Cells of stored suites, kept as results from which a page is written."""
