"""What is sent, over what, and what an answer is taken for."""
