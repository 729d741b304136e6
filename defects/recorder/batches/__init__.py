"""What a batch holds, and by which name it is known."""
