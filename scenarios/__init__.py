"""Says what to try: one question per file."""
