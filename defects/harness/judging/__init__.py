"""Judges that are broken, or look at less than they should."""
