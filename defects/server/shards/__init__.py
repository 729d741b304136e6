"""What goes wrong where users are spread over shards, and where their buckets move."""
