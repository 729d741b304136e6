"""What the server admits before it does any work: requests by their head, and new sessions."""
