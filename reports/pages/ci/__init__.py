"""Reports for CI systems, JUnit XML and CTRF, and what both show of a cell."""
