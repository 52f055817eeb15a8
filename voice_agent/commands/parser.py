"""The options of the commands that are ours, with mistakes as sentences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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


def add_profile_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a profile, the same for every command; its value is a list."""
    parser.add_argument(
        "--profile",
        action="append",
        default=[],
        metavar="PROFILE",
        help="a path, or a name in profiles/ (or set AGENT_PROFILE)",
    )


def parser_of(
    command: str, description: str, epilog: str | None = None, offline: str | None = None
) -> Parser:
    """Return the parser of a command of ours; `offline` says what --offline does, if anything."""
    made = Parser(f"{program()} {command}", description=description, epilog=epilog)
    if offline:
        made.add_argument("--offline", action="store_true", help=offline)
    else:
        made.add_argument("--offline", action=_NeedsNone, help=argparse.SUPPRESS)
    return made


class _NeedsNone(argparse.Action):
    """Refuses an option that only the commands which LiveKit runs have."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        parser.error(f"This command is always offline, so leave {self.option_strings[0]} out")
