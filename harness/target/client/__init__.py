"""A recorder of somebody else's as a target: its adapter's facts, a page and the collector."""
