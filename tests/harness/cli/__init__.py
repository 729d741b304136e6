"""The command line as a user meets it: as a process, by its exit code and its words."""
