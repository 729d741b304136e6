"""SQL files: the numbered ones always run, in order; ``improvement_*.sql`` only when asked for."""
