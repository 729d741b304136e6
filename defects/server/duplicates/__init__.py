"""How the server tells a repetition from something new."""
