"""The console: LiveKit's own by voice, ours by text where there is no audio or no terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TextIO

from livekit.agents import AgentServer, CloseEvent, ConversationItemAddedEvent, ErrorEvent
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice.io import TextOutput

from ..errors import INTERRUPTED, TERMINATED, UNUSABLE, UsageError
from ..format.profile import Profile
from ..runtime import build
from ..runtime.server import run_livekit
from ..runtime.session import ProfileSession

_ENDING = 30.0  # seconds
_AUDIO_OPTIONS = ("--input-device", "--output-device", "--record", "--no-record")

_LOG_LEVELS = {"trace": 5, "warn": logging.WARNING}


def run(profile: Profile, arguments: Sequence[str], server: AgentServer) -> int:
    """Let the operator talk to the agent; return the exit code.

    Raises UsageError where an option asks for audio that is not to be had.
    """
    options, others = _parse(arguments)
    why = None if options.text else _why_no_audio()
    if not (options.text or why):
        if options.log_level is None and not os.environ.get("LIVEKIT_LOG_LEVEL"):
            arguments = [*arguments, "--log-level", "warn"]
        return run_livekit(server, "console", arguments)
    if others and others[0].partition("=")[0] not in _AUDIO_OPTIONS:
        raise UsageError(
            f'The console has no option "{others[0]}". See: python agent.py console --help'
        )
    if others:
        no_audio = f"but {why}" if why else "and does not go with --text"
        raise UsageError(f"{others[0]} is for the audio console, {no_audio}.")
    if why:
        print(f"This is the text console, because {why}.", file=sys.stderr)
    _log(options.log_level or logging.WARNING)
    return asyncio.run(_TextConsole(profile).talk())


def _parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--log-level", type=_log_level)
    return parser.parse_known_args(arguments)


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
    """A log line an operator can read: what went wrong, without the way there through the code."""

    def format(self, record: logging.LogRecord) -> str:
        cause = f": {record.exc_info[1]}" if record.exc_info and record.exc_info[1] else ""
        return f"{record.levelname} {record.name}: {record.getMessage()}{cause}"


def _why_no_audio() -> str | None:
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        return "there is no terminal"
    try:
        with _quiet_stderr():
            import sounddevice
    except OSError:
        return "PortAudio is not installed (Debian and Ubuntu: apt install libportaudio2)"
    for kind in ("input", "output"):
        try:
            with _quiet_stderr():
                sounddevice.query_devices(kind=kind)
        except (sounddevice.PortAudioError, ValueError):
            return f"this machine has no {'microphone' if kind == 'input' else 'speakers'}"
    return None


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # A service may run without either.


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    # ALSA prints a screen of complaints from C where there is no sound card.
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(null)
        os.close(saved)


class _TextConsole(TextOutput):
    """One call in which both sides write: what is said goes to standard output, line by line."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(label="text console", next_in_chain=None)
        self._profile = profile
        self._on_terminal = _is_terminal(sys.stdin)
        self._seed = profile.on_enter.user_input if profile.on_enter else None
        self._speaking = False
        self._waiting: list[str] = []  # lines that are shown when they are answered
        self._over = asyncio.Event()
        self._code = 0

    async def talk(self) -> int:
        """Hold the call until the input ends, and return the exit code."""
        loop = asyncio.get_running_loop()

        def end(signum: int, _: object) -> None:
            if self._over.is_set():  # Asked twice, or too late to be asked nicely.
                os._exit(128 + signum)
            self._code = INTERRUPTED if signum == signal.SIGINT else TERMINATED
            self._over.set()
            loop.call_soon_threadsafe(lambda: None)  # The loop may be waiting for its network.

        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, end)
        async with http_context.open():
            with fake_job_context():
                # Nothing is spoken, so nothing is to be recognized or synthesized.
                session = build.build_session(replace(self._profile, stt=None, tts=None))
                session.on("conversation_item_added", self._note)
                session.on("error", self._report)
                session.on("close", self._close)
                session.output.transcription = self
                call = asyncio.create_task(self._converse(session))
                over = asyncio.create_task(self._over.wait())
                await asyncio.wait((call, over), return_when=asyncio.FIRST_COMPLETED)
                if over.done():
                    call.cancel()
                try:
                    await call
                except asyncio.CancelledError:
                    pass
                except RuntimeError:
                    # LiveKit takes no more text once it has begun to end a call, and then says so.
                    await asyncio.wait_for(over, _ENDING)
                over.cancel()
                await session.aclose()
        self._over.set()
        if self._on_terminal or self._speaking:
            self._show("")
        return self._code

    async def _converse(self, session: ProfileSession) -> None:
        agent = build.build_agent(self._profile)
        await session.start(agent)
        await agent.entered.wait()
        self._prompt()
        async for line in _lines():
            if not line:
                self._prompt()
                continue
            if not self._on_terminal:
                # Whoever types can cut in; lines from a pipe are there all at once, and take turns.
                await session.finish_speaking()
            if self._speaking or not self._on_terminal:
                self._waiting.append(line)
            await session.answer(line)
        await session.finish_speaking()

    async def capture_text(self, text: str) -> None:
        """Show what the agent says, as it says it."""
        if not self._speaking:
            self._speaking = True
            text = f"{self._fresh_line}Agent: {text}"
        self._show(text, end="")

    def flush(self) -> None:
        """End what the agent says."""
        if self._speaking:
            self._speaking = False
            self._show("")
            self._prompt()

    def _show(self, text: str, end: str = "\n") -> None:
        try:
            print(text, end=end, flush=True)
        except BrokenPipeError:  # Whoever read the output has gone, and the call with them.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            self._code = UNUSABLE
            self._over.set()

    @property
    def _fresh_line(self) -> str:
        return "\r\x1b[K" if self._on_terminal else ""  # The prompt gives way.

    def _prompt(self) -> None:
        if self._on_terminal and not self._speaking:
            self._show("You: ", end="")

    def _note(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type != "message" or self._over.is_set():
            return
        if self._waiting and event.item.text_content == self._waiting[0]:
            self._show(f"{self._fresh_line}You: {self._waiting.pop(0)}")
        elif event.item.role == "user" and event.item.text_content == self._seed:
            self._seed = None
            self._show(f"{self._fresh_line}You (from on_enter): {event.item.text_content}")
        elif event.item.interrupted:
            self._show(f"{self._fresh_line}(The agent was cut off.)")
            self._prompt()

    def _report(self, event: ErrorEvent) -> None:
        if getattr(event.error, "recoverable", False):
            return
        if self._over.is_set():
            return
        self._code = UNUSABLE
        cause = getattr(event.error, "error", event.error)
        print(f"The agent could not answer: {cause}", file=sys.stderr)

    def _close(self, event: CloseEvent) -> None:
        if event.error and not self._over.is_set():
            print("LiveKit has ended the call after too many failures.", file=sys.stderr)
        self._over.set()


async def _lines() -> AsyncIterator[str]:
    """Give the lines of standard input, until it ends."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # The loop is closed once the call is over.
            if sys.stdin is not None:
                fd = sys.stdin.fileno()
                with open(fd, encoding="utf-8", errors="replace", closefd=False) as lines:
                    for line in lines:
                        loop.call_soon_threadsafe(queue.put_nowait, line.strip())
            loop.call_soon_threadsafe(queue.put_nowait, None)

    # A thread that may be left waiting for a line must not hold up the end of the program.
    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
