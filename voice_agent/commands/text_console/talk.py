"""A call in text from its beginning to its end, and the exit code that it comes to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import suppress

from ...errors import INTERRUPTED, OK, TERMINATED, UNUSABLE
from ...format.profile import Profile
from ...runtime.readable import readable
from ...runtime.session import CutOff
from ...runtime.sound import is_terminal
from ...runtime.text_call import (
    AgentFailed,
    AgentIs,
    CallEnded,
    CallOver,
    Event,
    TextCall,
    text_call,
)
from .entries import Answer, Entry, Interrupt, Line, Press, Quit, Say, read
from .plain import Plain, Transcript

_NOT_CUT_OFF = {
    CutOff.NOTHING_TO_CUT: "The agent is not saying anything that could be cut off.",
    CutOff.NOT_ALLOWED: "The profile does not let callers cut this off.",
}


def run(profile: Profile, transcript: Transcript | None) -> int:
    """Let the operator write to the agent of `profile`; return the exit code."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    has_terminal = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    if has_terminal and os.environ.get("TERM", "dumb") not in ("dumb", "unknown"):
        return asyncio.run(_AtTerminal(transcript).talk(profile))
    return asyncio.run(_ThroughPipe(transcript).talk(profile))


class _Talk(ABC):
    """One call in which both sides write."""

    def __init__(self, transcript: Transcript | None) -> None:
        self._transcript = transcript
        self._over = asyncio.Event()
        self._code = OK

    async def talk(self, profile: Profile) -> int:
        """Call the agent until the input, the agent or a signal ends it; return the exit code."""
        self._handle_signals()
        call = asyncio.create_task(self._call(profile))
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait((call, over), return_when=asyncio.FIRST_COMPLETED)
        self._over.set()
        await self._close()
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        return self._code

    @abstractmethod
    async def _converse(self, call: TextCall) -> None:
        """Pass on what the operator enters, until there is no more."""

    @abstractmethod
    def _display(self, event: Event) -> None:
        """Show what has happened in the call."""

    @abstractmethod
    def _tell(self, sentence: str) -> None:
        """Tell the operator something that neither side has said."""

    @abstractmethod
    async def _close(self) -> None:
        """Show no more."""

    @abstractmethod
    def _restore(self) -> None:
        """Leave the terminal as a shell expects it."""

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def end(signum: int, _: object) -> None:
            if self._over.is_set():  # Asked twice, or too late to be asked nicely.
                self._restore()
                os._exit(128 + signum)
            self._end(INTERRUPTED if signum == signal.SIGINT else TERMINATED)
            loop.call_soon_threadsafe(lambda: None)  # The loop may be waiting for its network.

        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, end)

    def _end(self, code: int | None = None) -> None:
        self._code = self._code if code is None else code
        self._over.set()

    async def _call(self, profile: Profile) -> None:
        async with text_call(profile, self._show) as call:
            with suppress(CallOver):
                await self._converse(call)

    def _show(self, event: Event) -> None:
        """Show and keep what has happened, unless nobody is waiting for it any more."""
        if self._over.is_set():
            return
        match event:
            case AgentFailed(cause):
                self._fail(f"The agent could not answer: {cause}")
            case CallEnded(failed):
                if failed:
                    self._fail("LiveKit has ended the call after too many failures.")
                self._over.set()
            case _:
                self._display(event)
                if self._transcript:
                    self._transcript.show(event)
        if self._transcript and (failure := self._transcript.failure()):
            self._code = UNUSABLE
            self._tell(failure)

    def _fail(self, sentence: str) -> None:
        self._code = UNUSABLE
        self._tell(sentence)
        if self._transcript:
            self._transcript.note(f"({sentence})")

    def _do_at_once(self, entry: Entry, call: TextCall | None) -> bool:
        """Do what waits for nothing, and tell whether this was such an entry."""
        match entry:
            case Quit():
                self._end()
            case Answer(text):
                self._tell(text)
            case Interrupt():
                cut = call.cut_off() if call else CutOff.NOTHING_TO_CUT
                if sentence := _NOT_CUT_OFF.get(cut):
                    self._tell(sentence)
            case _:
                return False
        return True


async def _pass_on(entry: Entry, call: TextCall) -> None:
    match entry:
        case Line(text):
            await call.answer(text)
        case Say(text):
            await call.say(text)
        case Press(keys):
            await call.press(keys)


class _ThroughPipe(_Talk):
    """A call whose lines come from a pipe, all at once, and take turns."""

    def __init__(self, transcript: Transcript | None) -> None:
        super().__init__(transcript)
        self._lines = Plain(self._write)

    async def _converse(self, call: TextCall) -> None:
        async for line in _lines():
            await call.finish_speaking()
            entry = read(line)
            if not self._do_at_once(entry, call):
                await _pass_on(entry, call)
        await call.finish_speaking()

    def _display(self, event: Event) -> None:
        self._lines.show(event)

    def _tell(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)

    async def _close(self) -> None:
        self._lines.end()

    def _restore(self) -> None:
        pass

    def _write(self, text: str) -> None:
        try:
            print(text, end="", flush=True)
        except OSError as error:  # Nobody can read what is said any more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            if not isinstance(error, BrokenPipeError):
                self._tell(f"What is said cannot be written: {error.strerror}.")
            self._end(UNUSABLE)


class _AtTerminal(_Talk):
    """A call whose lines are typed: they cut the agent off, or wait until it has answered."""

    def __init__(self, transcript: Transcript | None) -> None:
        super().__init__(transcript)
        from .terminal import Terminal  # here, as a pipe needs none of what it imports

        self._terminal = Terminal(self._take, self._leave)
        self._screen: asyncio.Task[None] | None = None
        self._running: TextCall | None = None
        self._speaking = False
        self._entered: asyncio.Queue[tuple[Entry, bool]] = asyncio.Queue()
        self._waiting: list[str] = []

    async def talk(self, profile: Profile) -> int:
        """Show the terminal for the time of the call; see `_Talk.talk`."""
        self._screen = asyncio.create_task(self._terminal.run())
        self._screen.add_done_callback(lambda _: self._over.set())
        return await super().talk(profile)

    def _take(self, entered: str) -> None:
        entry = read(entered)
        if self._do_at_once(entry, self._running):
            return
        # Who types while the agent speaks cuts in. Who types before it has begun to answer the
        # last line wants an answer to both. Keys wait for nothing that is said.
        types = isinstance(entry, Line) and self._speaking and not self._waiting
        cuts_in = types or isinstance(entry, Press)
        self._entered.put_nowait((entry, cuts_in))
        self._waiting.append(entered)
        self._terminal.show_waiting(self._waiting)

    async def _converse(self, call: TextCall) -> None:
        self._running = call
        while True:
            entry, cuts_in = await self._entered.get()
            if not cuts_in:
                await call.finish_speaking()
            await _pass_on(entry, call)
            self._waiting.pop(0)
            self._terminal.show_waiting(self._waiting)

    def _display(self, event: Event) -> None:
        if isinstance(event, AgentIs):
            self._speaking = event.state == "speaking"
        self._terminal.show(event)

    def _tell(self, sentence: str) -> None:
        self._terminal.note(sentence)

    def _leave(self, code: int) -> None:
        if not self._over.is_set():
            self._end(code or None)

    async def _close(self) -> None:
        self._terminal.close()
        if self._screen:
            await self._screen

    def _restore(self) -> None:
        self._terminal.restore()


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input that are not blank, until it ends."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read_all() -> None:
        with suppress(RuntimeError):  # The loop is closed once the call is over.
            if sys.stdin is not None:
                fd = sys.stdin.fileno()
                with open(fd, encoding="utf-8-sig", errors="replace", closefd=False) as lines:
                    for line in filter(None, (readable(each).strip() for each in lines)):
                        loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    # A thread that may be left waiting for a line must not keep the program from ending.
    threading.Thread(target=read_all, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
