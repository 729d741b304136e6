"""Defects of alert rules, of their routes, and of the figures that they rest on."""
