"""What the server answers to what it did."""
