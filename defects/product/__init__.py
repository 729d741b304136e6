"""The product around the recorder."""
