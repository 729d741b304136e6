"""What recorders keep on disk, and take over from dead tabs."""
