"""Which artworks a user may like next: a model of what was seen, and whether it is any good."""
