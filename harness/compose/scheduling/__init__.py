"""What of a plan runs here and now: selection, expected time, budget, shards, resuming, merging."""
