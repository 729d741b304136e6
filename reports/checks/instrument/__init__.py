"""Checks of the instrument: witnesses, faults, the network."""
