"""What a load consists of: workloads, sessions, shapes and the schedule they make."""
