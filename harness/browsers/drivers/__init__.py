"""One module per browser family and remote kind: how each is started and driven."""
