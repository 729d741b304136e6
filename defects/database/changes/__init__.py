"""Jobs and triggers that change what is stored."""
