"""The exit codes of the program, and the error that an operator can act on."""

OK = 0
WRONG = 1
"""A profile is wrong."""
UNUSABLE = 2
"""The command, or what surrounds it, is wrong."""
BUG = 3
INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the signal's number."""
TERMINATED = 143


class UsageError(Exception):
    """A sentence for the operator about how the program was started, or its environment.

    It becomes the exit code UNUSABLE.
    """
