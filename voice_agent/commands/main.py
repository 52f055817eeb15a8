"""The commands: what the operator typed becomes an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from ..errors import INTERRUPTED, OK, UsageError
from ..format.typos import closest
from .failures import in_sentences
from .livekit_options import add_our_options
from .parser import Parser, program
from .selection import profile_option

# Every one has a module with a function `run`, which takes the arguments and returns an exit code.
# It is imported when it is run, so that `validate` does not wait for what other commands need.
OUR_COMMANDS = {
    "validate": "check profiles, and say everything that is wrong with them",
    "list": "show the profiles, one a line",
    "show": "show a profile with every default filled in",
    "new": "write a profile to start from",
    "pull": "ask the MCP servers of a profile for their tools, and keep the answers",
    "call": "try one tool of an agent, and show what it sends and what comes back",
    "rehearse": "call an agent, keyless, and check that it keeps what its profile says",
}
_MODULES = {"list": "list_profiles", "new": "new_profile"}

LIVEKIT_COMMANDS = {
    "console": "talk to the agent here, by voice or by text",
    "dev": "serve calls from a LiveKit server while you develop",
    "start": "serve calls from a LiveKit server in production",
    "connect": "join one room of a LiveKit server",
    "download-files": "fetch the model files that plugins need",
}


def main() -> int:
    """Run what the operator typed, and return the exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as a service may have it
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    # Nothing runs yet that Ctrl-C would have to stop in order. What does handles it itself.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    return in_sentences(lambda: _run(sys.argv[1:]))


def check_for_livekit() -> None:
    """Exit with a sentence where LiveKit's own command line starts us without what we need."""
    from ..runtime.livekit_internals import started_by_livekit
    from .livekit_commands import check_livekits_own

    def check() -> int:
        check_livekits_own(sys.argv[1], sys.argv[2:])
        return OK

    if started_by_livekit() and (code := in_sentences(check)):
        sys.exit(code)


def _run(words: Sequence[str]) -> int:
    if words and words[0] in OUR_COMMANDS:
        return _run_ours(words[0], words[1:])
    options, rest = _parse(words)
    if options.version:
        from ..version import versions

        print(versions())
        return OK
    if not words or rest[:1] in (["--help"], ["-h"], ["help"]):
        _parser().print_help()
        return OK
    if not rest:
        raise UsageError(f"A command is missing. See: {program()} --help")
    command, *arguments = rest
    if command in OUR_COMMANDS:
        before = [f"--profile={each}" for each in options.profile]
        return _run_ours(command, [*before, *["--offline"] * options.offline, *arguments])
    if command not in LIVEKIT_COMMANDS:
        raise UsageError(_unknown_command(command))
    from . import livekit_commands

    profile = profile_option(options.profile)
    return livekit_commands.run(command, arguments, profile, options.offline)


def _run_ours(command: str, arguments: Sequence[str]) -> int:
    # A path may be no text, and a terminal may have another encoding.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code: int = import_module(f".{_MODULES.get(command, command)}", __package__).run(arguments)
    sys.stdout.flush()  # here, where a `head` that reads no more is no surprise
    return code


def _parse(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = Parser(add_help=False)
    _add_our_options(parser)
    return parser.parse_known_args(words)


def _parser() -> Parser:
    parser = Parser(
        usage="%(prog)s COMMAND [--profile PROFILE] [--offline] [OPTIONS]",
        description="Run the voice agent that a YAML profile describes.",
        epilog=f'"{program()} COMMAND --help" shows the options of a command.',
    )
    _add_our_options(parser)
    listed = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, purpose in {**OUR_COMMANDS, **LIVEKIT_COMMANDS}.items():
        listed.add_parser(name, help=purpose, add_help=False)
    return parser


def _add_our_options(parser: argparse.ArgumentParser) -> None:
    add_our_options(parser)
    parser.add_argument(
        "--version", action="store_true", help="show the versions of this program and of LiveKit"
    )


def _unknown_command(word: str) -> str:
    if word.startswith("-"):
        return f'The command comes before its options, but "{word}" is first.'
    close = closest(word, [*OUR_COMMANDS, *LIVEKIT_COMMANDS])
    meant = f' Did you mean "{close}"?' if close else ""
    return f'There is no command "{word}".{meant} See: {program()} --help'
