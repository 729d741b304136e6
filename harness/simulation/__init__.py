"""The recorder under simulation: its own scripts in a world of virtual time, one Node process."""
