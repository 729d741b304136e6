"""Defects of the product."""
