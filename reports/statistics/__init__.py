"""Statistics: shares with exact intervals, trends, paired block experiments."""
