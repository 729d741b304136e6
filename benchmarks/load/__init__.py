"""How good the load generator is: as an instrument, and beside the tools that others use."""
