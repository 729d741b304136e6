"""When recorders try again."""
