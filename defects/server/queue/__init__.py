"""What goes wrong where a message queue stands between the server and the database."""
