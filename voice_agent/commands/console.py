"""The command `console`: LiveKit's own by voice, ours by text without audio or a terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..format.profile import Profile
from ..runtime import redaction, sound
from ..runtime.offline import announcements, is_offline
from ..runtime.readable import readable
from ..runtime.secrets import hidden
from . import livekit_options
from .parser import program

if TYPE_CHECKING:
    from .text_console.plain import Transcript

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
    why = None if options.text else _why_silent(profile) or _why_no_audio()
    if not (options.text or why):
        if options.transcript:
            raise UsageError("--transcript is for the text console: add --text.")
        _check_devices(options)
        if profile.mcp_servers:
            # In LiveKit's console, a call that is refused ends as if all were well.
            from ..runtime.tools.servers import check  # here, as it imports LiveKit

            asyncio.run(check(profile))
        if options.log_level is None:
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
    _log(options.log_level)
    from .text_console.plain import Transcript  # here, as it imports LiveKit

    if options.transcript is None:
        return _talk(profile, None)
    with Transcript(Path(options.transcript), profile.name) as transcript:
        return _talk(profile, transcript)


def _talk(profile: Profile, transcript: Transcript | None) -> int:
    from .text_console import talk  # here, as it imports LiveKit

    if is_offline():
        for sentence in announcements(replace(profile, stt=None, tts=None)):
            print(sentence, file=sys.stderr)
    return talk.run(profile, transcript)


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
    options, unknown = livekit_options.parser("console").parse_known_args(arguments)
    if options.log_level is not None:
        options.log_level = _log_level(options.log_level)
    return options, unknown


def _why_silent(profile: Profile) -> str | None:
    if not profile.hears:
        return "this agent hears nobody, as the profile says with room.audio_input: false"
    if not profile.speaks:
        return "this agent only writes, as the profile says with room.audio_output: false"
    return None


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
            f'The log level is "{name}", but it is one of '
            "trace, debug, info, warn, error and critical."
        )
    return level


def _log(wanted: int | None) -> None:
    level = wanted or logging.WARNING
    handler = _Printer()
    handler.setFormatter(_Line() if level > logging.DEBUG else None)
    if wanted is None:
        handler.addFilter(_is_news)
    logging.basicConfig(level=level, handlers=[handler])


def _is_news(record: logging.LogRecord) -> bool:
    from ..runtime.model_failures import is_told_otherwise  # here, as it imports LiveKit

    return not is_told_otherwise(record)


class _Printer(logging.Handler):
    """Prints to the standard error of the moment, which a terminal shows above what is typed.

    A log line may quote what a server said, so it is printed without control characters, without
    secrets, and without what callers keep private.
    """

    def emit(self, record: logging.LogRecord) -> None:
        redaction.clean(record)
        print(readable(hidden(self.format(record))), file=sys.stderr)


class _Line(logging.Formatter):
    """Formats a log line for an operator: what went wrong, without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        cause = f": {record.exc_info[1]}" if record.exc_info and record.exc_info[1] else ""
        return f"{record.levelname} {record.name}: {record.getMessage()}{cause}"
