"""The tests of the set-up, on machines of our own making."""
