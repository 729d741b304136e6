"""What a stack is made larger with: one part a module, behind ``servers.topology.parts``."""
