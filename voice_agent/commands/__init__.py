"""What the operator types: one module a command, and their dispatch."""
