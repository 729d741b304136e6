"""Statistics: shares with exact intervals, trends."""
