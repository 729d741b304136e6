"""What pages report of themselves, beside what it must be and what others saw of it."""
