"""Python's classes, functions and types, read from their source and never imported."""
