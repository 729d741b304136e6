"""Pictures of an experiment: its intervals, its slots, its arms beside one another."""
