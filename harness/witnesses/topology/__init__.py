"""What the engines of a larger topology count: one module a kind of engine, and who asks them."""
