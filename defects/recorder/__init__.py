"""The recorder: patches of the page's scripts."""
