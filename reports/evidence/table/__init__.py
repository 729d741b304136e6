"""How the target's table was read: whether it was the right one."""
