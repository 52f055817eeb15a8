"""The options of the commands that are ours, with mistakes as sentences."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from ..errors import UsageError
from ..format.catalog import ROOT

# How the operator starts us: where the package was installed from a wheel, there is no agent.py.
PROGRAM = "python agent.py" if (ROOT / "agent.py").is_file() else "voice-agent"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are UsageErrors, and which takes no option for another's beginning."""

    def __init__(self, prog: str = PROGRAM, **options: Any) -> None:
        super().__init__(prog=prog, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the parser's message."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def parser_of(command: str, description: str, epilog: str | None = None) -> Parser:
    """The parser of a command."""
    return Parser(f"{PROGRAM} {command}", description=description, epilog=epilog)
