"""Whether the statistics of experiments keep their promises, on data whose truth is known."""
