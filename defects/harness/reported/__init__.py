"""What a page or the harness tells is written down otherwise."""
