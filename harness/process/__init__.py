"""Processes, their supervisor, interrupts, ports and addresses."""
