"""Tables without a unique index, and servers that look for duplicates themselves."""
