"""From declarations and data to cells: scenarios, suites, targets, expected losses."""
