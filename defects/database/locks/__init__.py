"""Writers that wait for one another."""
