"""The terminal, or the pipe, of a call in text: what is typed, and what is shown of the call."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

from ..errors import INTERRUPTED, OK, TERMINATED, UNUSABLE
from ..format.profile import Profile
from ..runtime.sound import is_terminal
from ..runtime.text_call import (
    AgentCutOff,
    AgentFailed,
    AgentSays,
    AgentStopped,
    CallEnded,
    CallerSaid,
    CallOver,
    Event,
    TextCall,
    text_call,
)


def run(profile: Profile) -> int:
    """Let the operator write to the agent of `profile`; return the exit code."""
    return asyncio.run(_TextConsole().talk(profile))


class _TextConsole:
    """One call in which both sides write: what is said goes to standard output, line by line."""

    def __init__(self) -> None:
        self._on_terminal = is_terminal(sys.stdin)
        self._speaking = False
        self._waiting: list[str] = []  # lines that are shown when they are answered
        self._over = asyncio.Event()
        self._code = OK

    async def talk(self, profile: Profile) -> int:
        """Call the agent until the input, the agent or a signal ends it; return the exit code."""
        loop = asyncio.get_running_loop()

        def end(signum: int, _: object) -> None:
            if self._over.is_set():  # Asked twice, or too late to be asked nicely.
                os._exit(128 + signum)
            self._code = INTERRUPTED if signum == signal.SIGINT else TERMINATED
            self._over.set()
            loop.call_soon_threadsafe(lambda: None)  # The loop may be waiting for its network.

        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, end)
        call = asyncio.create_task(self._call(profile))
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait((call, over), return_when=asyncio.FIRST_COMPLETED)
        call.cancel()
        over.cancel()
        with suppress(asyncio.CancelledError):
            await call
        self._over.set()
        if self._on_terminal or self._speaking:
            self._write("")
        return self._code

    async def _call(self, profile: Profile) -> None:
        async with text_call(profile, self._show) as call:
            with suppress(CallOver):
                await self._pass_on_lines(call)

    async def _pass_on_lines(self, call: TextCall) -> None:
        self._prompt()
        async for line in _lines():
            if not line:
                self._prompt()
                continue
            if not self._on_terminal:
                # Whoever types can cut in; lines from a pipe are there all at once, and take turns.
                await call.finish_speaking()
            if self._speaking or not self._on_terminal:
                self._waiting.append(line)
            await call.answer(line)
        await call.finish_speaking()

    def _show(self, event: Event) -> None:
        """Show what has happened in the call, unless nobody is waiting for it any more."""
        if self._over.is_set():
            return
        match event:
            case AgentSays(text):
                self._write(text if self._speaking else f"{self._fresh_line}Agent: {text}", end="")
                self._speaking = True
            case AgentStopped() if self._speaking:
                self._speaking = False
                self._write("")
                self._prompt()
            case AgentCutOff():
                self._write(f"{self._fresh_line}(The agent was cut off.)")
                self._prompt()
            case CallerSaid(text) if self._waiting and text == self._waiting[0]:
                self._write(f"{self._fresh_line}You: {self._waiting.pop(0)}")
            case CallerSaid(text, from_profile=True):
                self._write(f"{self._fresh_line}You (from on_enter): {text}")
            case AgentFailed(cause):
                self._code = UNUSABLE
                print(f"The agent could not answer: {cause}", file=sys.stderr)
            case CallEnded(failed):
                if failed:
                    print("LiveKit has ended the call after too many failures.", file=sys.stderr)
                self._over.set()

    def _write(self, text: str, end: str = "\n") -> None:
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
            self._write("You: ", end="")


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input, until it ends."""
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

    # A thread that may be left waiting for a line must not keep the program from ending.
    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
