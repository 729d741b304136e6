"""What the server keeps of what it has done."""
