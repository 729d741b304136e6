"""One module per picture of a run."""
