"""The roadmap's two questions about shards, and when they are worth their cost."""
