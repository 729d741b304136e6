"""The command line: one module per command, the options that commands share, progress."""
