"""A/B experiments of the recorder's options: who gets what, and who really had it."""
