"""What each topology costs: stored runs as a table, and as money a month."""
