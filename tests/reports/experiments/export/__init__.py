"""Files that an experiment leaves for machines."""
