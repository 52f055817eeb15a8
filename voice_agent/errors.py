"""Errors that are not about a profile's text."""


class UsageError(Exception):
    """A sentence for the operator on how the program was started, or on its environment."""
