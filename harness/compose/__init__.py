"""Where the trees meet: a run on a stack of its own, and pytest as a child."""
