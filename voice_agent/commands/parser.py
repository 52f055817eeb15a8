"""The options of the commands that are ours, with mistakes as sentences."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

from ..errors import UsageError


def program() -> str:
    """Return how this program was started, which is how messages name it to the operator."""
    # LiveKit's own command line and job processes start agent.py too.
    return "voice-agent" if Path(sys.argv[0]).stem == "voice-agent" else "python agent.py"


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, and takes no option for the beginning of another's name."""

    def __init__(self, prog: str | None = None, **options: Any) -> None:
        super().__init__(prog=prog or program(), allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the parser's message."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def parser_of(command: str, description: str, epilog: str | None = None) -> Parser:
    """Return the parser of a command."""
    return Parser(f"{program()} {command}", description=description, epilog=epilog)
