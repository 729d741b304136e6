"""What is tried: the reference server, its page and its processes."""
