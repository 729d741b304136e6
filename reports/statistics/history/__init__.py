"""Statistics of a series of nights: changes of level, surprises, failure rates, the machine."""
