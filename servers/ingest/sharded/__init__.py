"""The server over several shards: where a user's rows are, and how writes and reads get there."""
