"""What is stored of what was acknowledged."""
