"""What pages report of themselves."""
