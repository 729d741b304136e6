"""What is shown again."""
