"""A visitor's network: profiles, paths, shapes, outages and their calibration."""
