"""Many tabs, races and crashes: one browser's tabs against each other."""
