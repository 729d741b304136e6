"""Truth of a described system: what is stored, read back as its target file says."""
