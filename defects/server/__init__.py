"""The server: what it stores, answers and remembers."""
