"""``harness target``: write a target file, and try it."""
