"""What agents and tools ask of the caller before they go on."""
