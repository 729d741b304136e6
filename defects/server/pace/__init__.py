"""How long a client waits."""
