"""The message queue between the server and the database: what is published, and who stores it."""
