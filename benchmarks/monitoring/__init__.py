"""What monitoring costs, and whether its counts are right."""
