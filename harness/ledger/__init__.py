"""The ledger: what witnesses write, the run directory and the plan."""
