"""A larger topology: its engines' own counters against everybody else's."""
