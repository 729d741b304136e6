"""Pictures of a history: sparklines, and the series that changed."""
