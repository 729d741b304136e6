"""What scenarios of the product share."""
