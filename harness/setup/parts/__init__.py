"""One module per part that set-up brings."""
