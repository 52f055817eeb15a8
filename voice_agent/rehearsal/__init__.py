"""Calls that hold an agent to its profile."""
