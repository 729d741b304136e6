"""The facts of a run, as data frames and values; beneath checks, plots and measures."""
