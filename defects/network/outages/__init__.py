"""Lines and processes that are not as bad as the run says they are."""
