"""Records that are committed and grow: alarms on sound systems, seeds that catch a defect."""
