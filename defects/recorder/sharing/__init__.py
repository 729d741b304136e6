"""Several tabs and several users on one device."""
