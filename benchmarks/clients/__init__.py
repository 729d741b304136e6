"""What clients of npm lose and duplicate: from stored runs to a page."""
