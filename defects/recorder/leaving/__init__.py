"""Pages that hide, leave, are kept in the cache and come back."""
