"""What is tried: its description, how one signs in."""
