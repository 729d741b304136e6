"""Hearts, and links to them."""
