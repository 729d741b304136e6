"""Defects of the dashboard: who sees it, what is kept of that, what its export holds."""
