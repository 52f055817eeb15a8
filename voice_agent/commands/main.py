"""The commands: what the operator typed becomes a call, a worker or a sentence."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..errors import BUG, INTERRUPTED, OK, TERMINATED, UNUSABLE, WRONG, UsageError
from ..format import catalog
from ..format.diagnostics import printable
from ..format.loader import InvalidProfile
from ..format.profile import Profile
from ..format.schema import is_realtime
from ..format.typos import closest
from .parser import Parser

# What only some commands need is imported where they need it, as `validate` has none of it to
# wait for.
if TYPE_CHECKING:
    from ..runtime.server import Server
    from ..standin.process import Standin

# Each has a module with a function `run`, which takes the arguments and returns an exit code.
OUR_COMMANDS = {
    "validate": "check profiles, and say everything that is wrong with them",
    "list": "show the profiles, one a line",
    "show": "show a profile with every default filled in",
    "new": "write a profile to start from",
    "rehearse": "call an agent, keyless, with a caller who speaks, and hold it to its profile",
}
_MODULES = {"list": "list_profiles", "new": "new_profile"}

LIVEKIT_COMMANDS = {
    "console": "talk to the agent here, by voice or by text",
    "dev": "serve calls from a LiveKit server while you develop",
    "start": "serve calls from a LiveKit server in production",
    "connect": "join one room of a LiveKit server",
    "download-files": "fetch the model files that plugins need",
}

_WORKER_COMMANDS = ("dev", "start", "connect")

_OPTIONS_OF_ALL = """\
Options of every command, before or after it:
  --profile PROFILE  a path, or a name in profiles/ (or set AGENT_PROFILE)
  --offline          run with no account, key or network

LiveKit's own options for this command:
"""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What is to be run once LiveKit is imported."""

    command: str
    arguments: tuple[str, ...]
    profile: Profile | None = None
    standin: Standin | None = None


def prepare(argv: Sequence[str]) -> Invocation:
    """Return what to run with LiveKit; exit where `argv` asks for something that needs none of it.

    Every mistake that can be found before LiveKit is imported is reported here, as a sentence.
    """
    with _sentences():
        if argv and argv[0] in OUR_COMMANDS:
            sys.exit(_run_ours(argv[0], argv[1:]))
        options, words = _parse(argv)
        if words[:1] in (["--help"], ["-h"], ["help"]) or not argv:
            _parser().print_help()
            sys.exit(OK)
        if not words:
            raise UsageError("A command is missing. See: python agent.py --help")
        return _prepare(words[0], tuple(words[1:]), options)


def main() -> None:
    """Run a command that is ours, where the package was installed and agent.py is not there."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    words = sys.argv[1:]
    with _sentences():
        if words and words[0] in OUR_COMMANDS:
            sys.exit(_run_ours(words[0], words[1:]))
        parser = Parser(usage="%(prog)s COMMAND [OPTIONS]", add_help=False)
        _add_commands(parser, OUR_COMMANDS)
        if words[:1] not in ([], ["--help"], ["-h"], ["help"]):
            reason = f'"{words[0]}" is no command of voice-agent, which is what needs no agent.py.'
            raise UsageError(f"{reason} See: voice-agent --help")
        parser.print_help()


def run(invocation: Invocation, server: Server) -> int:
    """Run a command that needs LiveKit, and return its exit code."""
    standin = invocation.standin
    import threading

    died = threading.Event()

    def end() -> None:
        over = "The offline stand-in has ended unexpectedly, so the call is over."
        print(f"{over} {standin.logged if standin else ''}".rstrip(), file=sys.stderr)
        died.set()
        os.kill(os.getpid(), signal.SIGTERM)

    def terminate(*_: object) -> NoReturn:
        raise SystemExit(UNUSABLE if died.is_set() else TERMINATED)

    signal.signal(signal.SIGTERM, terminate)
    if standin:
        standin.watch(end)
    try:
        code = _run(invocation, server)
    finally:
        # All is over but the tidying up, which a second Ctrl-C must not turn into a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if standin:
            standin.stop()
    return UNUSABLE if died.is_set() else code


def started_by_livekit() -> bool:
    """Tell whether LiveKit's own command line (`python -m livekit.agents`, `lk`) imports us."""
    import multiprocessing

    spec = getattr(sys.modules["__main__"], "__spec__", None)
    by_livekit = spec is not None and spec.name == "livekit.agents.__main__"
    # Job processes look the same, but what they need was checked before they were made.
    return by_livekit and multiprocessing.parent_process() is None


def check_for_livekit(argv: Sequence[str]) -> None:
    """Exit with a sentence where LiveKit's own command line starts us without what we need."""
    from ..runtime import environment

    with _sentences():
        environment.read_dotenv()
        port = environment.health_port()
        command, *arguments = argv
        profile = _choose_profile()
        if command == "console":
            environment.require_inference_credentials(profile.name)
        elif command == "start":
            environment.require_worker_credentials(command, arguments, profile.name)
            if "--dev" not in arguments:
                environment.require_free_port(port)


def _run(invocation: Invocation, server: Server) -> int:
    with _sentences():
        if invocation.command == "console" and invocation.profile:
            from . import console

            return console.run(invocation.profile, invocation.arguments, server)
        from ..runtime.server import run_livekit

        return run_livekit(server, invocation.command, invocation.arguments)


def _run_ours(command: str, arguments: Sequence[str]) -> int:
    # A path may be no text, and a terminal may have another encoding.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code: int = import_module(f".{_MODULES.get(command, command)}", __package__).run(arguments)
    sys.stdout.flush()  # here, where a `head` that reads no more is no surprise
    return code


def _prepare(command: str, arguments: tuple[str, ...], options: argparse.Namespace) -> Invocation:
    from ..runtime import environment
    from ..standin.process import Standin

    if command in OUR_COMMANDS:
        advice = f"See: python agent.py {command} --help"
        raise UsageError(f'"{command}" comes first, and before its own options only. {advice}')
    if command not in LIVEKIT_COMMANDS:
        raise UsageError(_unknown_command(command))
    environment.read_dotenv()
    port = environment.health_port()
    if {"--help", "-h"} & set(arguments):
        print(_OPTIONS_OF_ALL)
        return Invocation(command, ("--help",))
    if command == "download-files" or "--list-devices" in arguments:
        return Invocation(command, arguments)
    profile = _choose_profile(options.profile)
    if command in _WORKER_COMMANDS:
        environment.require_worker_credentials(command, arguments, profile.name)
    elif not options.offline:
        environment.require_inference_credentials(profile.name)
    if command == "start":
        environment.require_free_port(port)
    standin = None
    if options.offline:
        if is_realtime(profile.llm):
            raise UsageError(
                f'"{profile.llm}" hears and speaks by itself, which the offline stand-in cannot '
                "play. Leave out --offline, or try the rest of the profile with another llm."
            )
        standin = Standin()
        standin.start()
        os.environ.update(standin.environment)
    return Invocation(command, arguments, profile, standin)


def _choose_profile(name: str | None = None) -> Profile:
    profile = catalog.load_chosen(name)
    # This is how the choice reaches job processes, whose working directory may differ.
    os.environ[catalog.PROFILE_VARIABLE] = str(Path(profile.path or "").resolve())
    return profile


def _parse(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = Parser(add_help=False)
    _add_our_options(parser)
    return parser.parse_known_args(argv)


def _parser() -> Parser:
    parser = Parser(
        usage="%(prog)s COMMAND [--profile PROFILE] [--offline] [OPTIONS]",
        description="Run the voice agent that a YAML profile describes.",
        epilog='"python agent.py COMMAND --help" shows the options of a command.',
    )
    _add_our_options(parser)
    _add_commands(parser, {**OUR_COMMANDS, **LIVEKIT_COMMANDS})
    return parser


def _add_commands(parser: Parser, commands: Mapping[str, str]) -> None:
    listed = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, purpose in commands.items():
        listed.add_parser(name, help=purpose, add_help=False)


def _add_our_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile",
        metavar="PROFILE",
        help="a path, or a name in profiles/ (or set AGENT_PROFILE)",
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="run with no account, key or network: a stand-in on this machine plays the models",
    )


def _unknown_command(word: str) -> str:
    if word.startswith("-"):
        return f'The command comes before its options, but "{word}" is first.'
    close = closest(word, [*OUR_COMMANDS, *LIVEKIT_COMMANDS])
    meant = f' Did you mean "{close}"?' if close else ""
    return f'There is no command "{word}".{meant} See: python agent.py --help'


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what an operator can mend into its sentence and exit code."""
    try:
        yield
    except UsageError as error:
        # Some quote what stands in a profile, which no terminal shall obey.
        print("\n".join(map(printable, str(error).split("\n"))), file=sys.stderr)
        sys.exit(UNUSABLE)
    except InvalidProfile as error:
        print(error, file=sys.stderr)
        sys.exit(WRONG)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has gone, and nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(UNUSABLE)
    except Exception as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        print(
            "This is a bug in the voice agent, and no fault of the profile. Please report it: "
            f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno}).",
            file=sys.stderr,
        )
        sys.exit(BUG)
