"""When a page sends, how much at once, and over what."""
