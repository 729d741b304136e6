"""What goes wrong where a replica answers reads and takes its primary's place."""
