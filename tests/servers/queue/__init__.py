"""The message queue: what is published, and who stores it."""
