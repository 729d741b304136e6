"""What a suite's page shows above and beside its cells: what broke, matrices, stories."""
