"""The network: faults that are not what the run says they are."""
