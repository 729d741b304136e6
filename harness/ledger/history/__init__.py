"""What is kept of every suite: its facts, one content-addressed file each."""
