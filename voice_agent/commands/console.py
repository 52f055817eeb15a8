"""The command `console`: LiveKit's own by voice, ours by text without audio or a terminal."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from ..errors import UsageError
from ..format.profile import Profile
from ..runtime import sound
from .parser import Parser, program

_AUDIO_OPTIONS = ("--input-device", "--output-device", "--record", "--no-record")
_LOG_LEVELS = {"trace": 5, "warn": logging.WARNING}


def run(
    profile: Profile, arguments: Sequence[str], by_voice: Callable[[Sequence[str]], int]
) -> int:
    """Let the operator talk to the agent; return the exit code.

    `by_voice` runs LiveKit's audio console with the arguments that it is given. Raises UsageError
    where an option asks for audio that this machine does not have.
    """
    options, unknown = _parse(arguments)
    why = None if options.text else _why_no_audio()
    if not (options.text or why):
        _check_devices(options)
        if options.log_level is None and not os.environ.get("LIVEKIT_LOG_LEVEL"):
            arguments = [*arguments, "--log-level", "warn"]
        return by_voice(arguments)
    if unknown:
        raise UsageError(
            f'The console has no option "{unknown[0]}". See: {program()} console --help'
        )
    for word in arguments:
        if (option := word.partition("=")[0]) in _AUDIO_OPTIONS:
            no_audio = f"but {why}" if why else "and does not go with --text"
            raise UsageError(f"{option} is for the audio console, {no_audio}.")
    if why:
        print(f"This is the text console, because {why}.", file=sys.stderr)
    _log(options.log_level or logging.WARNING)
    from . import text_console  # here, as it imports LiveKit

    return text_console.run(profile)


def list_devices(by_voice: Callable[[Sequence[str]], int]) -> int:
    """Show the sound devices of this machine; return the exit code.

    Raises UsageError where PortAudio, which knows them, is missing.
    """
    try:
        sound.require_portaudio()
    except sound.NoSound as reason:
        raise UsageError(
            f"The sound devices cannot be listed, because {reason}. "
            f"Without one, there is the text console: {program()} console --text"
        ) from None
    return by_voice(["--list-devices"])


def _parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = Parser(f"{program()} console", add_help=False)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--log-level", type=_log_level)
    parser.add_argument("--input-device")
    parser.add_argument("--output-device")
    parser.add_argument("--record", action=argparse.BooleanOptionalAction)
    return parser.parse_known_args(arguments)


def _why_no_audio() -> str | None:
    try:
        sound.require_console()
    except sound.NoSound as reason:
        return str(reason)
    return None


def _check_devices(options: argparse.Namespace) -> None:
    wanted = {"input": options.input_device, "output": options.output_device}
    for kind, name in wanted.items():
        if name and not sound.has_device(kind, name):
            raise UsageError(
                f'--{kind}-device is "{name}", but this machine has no such {sound.DEVICES[kind]}. '
                f"See what it has: {program()} console --list-devices"
            )


def _log_level(name: str) -> int:
    level = _LOG_LEVELS.get(name.lower(), getattr(logging, name.upper(), None))
    if not isinstance(level, int):
        raise UsageError(
            f'--log-level is "{name}", but it is one of '
            "trace, debug, info, warn, error and critical."
        )
    return level


def _log(level: int) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Line() if level > logging.DEBUG else None)
    logging.basicConfig(level=level, handlers=[handler])


class _Line(logging.Formatter):
    """Formats a log line for an operator: what went wrong, without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        cause = f": {record.exc_info[1]}" if record.exc_info and record.exc_info[1] else ""
        return f"{record.levelname} {record.name}: {record.getMessage()}{cause}"
