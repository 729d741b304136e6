"""What everything rests on: the clock, waiting, errors."""
