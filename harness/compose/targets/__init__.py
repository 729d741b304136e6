"""Described systems: started, checked, and what is shown before one is sent anything."""
