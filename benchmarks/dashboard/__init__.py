"""What the dashboard costs the server, and how soon it answers."""
