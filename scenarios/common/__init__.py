"""What scenarios of several matrices share."""
