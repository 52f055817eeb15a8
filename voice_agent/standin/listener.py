"""Speech recognition in child processes: PocketSphinx blocks all of a process while it works."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, BinaryIO

from .log import AlreadyLogged, logger

_HEADER = struct.Struct("!cI")
_RESET, _AUDIO, _FINISH = b"r", b"a", b"f"
_IDLE = 2  # listeners kept for the next call; each takes some 100 MB
_LINE = 2**20  # bytes: the longest final transcript, with its words, is far below
_MODULE = "voice_agent.standin.listener"
_PACKAGE_ROOT = Path(__file__).parents[2]


class ListenerLost(AlreadyLogged):
    """The process of a listener has ended."""


class Listener:
    """A `recognition.Recognizer` in a child process, which ends when this process does."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ListenerLost
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._stopping = False
        self._watching = asyncio.ensure_future(self._watch())

    @classmethod
    async def start(cls) -> Listener:
        """Start the process, which takes audio at once and uses it about a second later."""
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", _MODULE),
                stdin=PIPE,
                stdout=PIPE,
                limit=_LINE,
                cwd=_PACKAGE_ROOT,
            )
        )

    async def reset(self, sample_rate: int) -> None:
        """Finish the present stream, and begin another one, of `sample_rate` Hz."""
        await self._send(_RESET, struct.pack("!I", sample_rate))
        while (await self.event())["type"] != "reset":
            pass

    async def hear(self, pcm: bytes) -> None:
        """Pass on 16-bit mono PCM of any length."""
        await self._send(_AUDIO, pcm)

    async def finish(self) -> None:
        """Ask for the final transcript of what was said, which `session.finalized` follows."""
        await self._send(_FINISH)

    async def event(self) -> dict[str, Any]:
        """Return the next event, in the form of the gateway's protocol; raise ListenerLost."""
        line = await self._stdout.readline()
        if not line:
            raise await self._lost()
        event: dict[str, Any] = json.loads(line)
        return event

    async def stop(self) -> None:
        """End the process now."""
        self._stopping = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        # Whoever gives up waiting here must not cancel the watching as well.
        await asyncio.wait([self._watching])
        self._stdin.close()

    async def _watch(self) -> None:
        code = await self._process.wait()
        if not self._stopping:
            logger.error("the recognizer ended by itself, with exit code %s", code)

    async def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._stdin.write(_HEADER.pack(kind, len(payload)) + payload)
        try:
            await self._stdin.drain()
        except ConnectionError:
            raise await self._lost() from None

    async def _lost(self) -> ListenerLost:
        # Once it is known how the process ended: to stop it now would hide that it failed.
        await asyncio.wait([self._watching])
        return ListenerLost()


class Listeners:
    """Listeners kept between calls, because making one takes a second."""

    def __init__(self) -> None:
        self._all: set[Listener] = set()
        self._idle: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def warm(self) -> None:
        """Start a listener for the first call."""
        if not self._all:
            self._idle.append(await self._start())

    async def acquire(self, sample_rate: int) -> Listener:
        """Return a listener for one stream of `sample_rate` Hz; raise ListenerLost."""
        while True:
            spare = bool(self._idle)
            listener = self._idle.pop() if spare else await self._start()
            try:
                await listener.reset(sample_rate)
                return listener
            except ListenerLost:
                await self._stop(listener)
                if not spare:
                    raise
            except asyncio.CancelledError:
                self.release(listener)
                raise

    def release(self, listener: Listener) -> None:
        """Take a listener back, even in the middle of its work."""
        task = asyncio.ensure_future(self._retire(listener))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop every listener."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._stop(listener) for listener in list(self._all)))
        self._idle.clear()

    async def _start(self) -> Listener:
        listener = await Listener.start()
        self._all.add(listener)
        return listener

    async def _stop(self, listener: Listener) -> None:
        await listener.stop()
        self._all.discard(listener)

    async def _retire(self, listener: Listener) -> None:
        kept = False
        try:
            if len(self._idle) < _IDLE:
                # One that has much audio left to work through is not worth the wait.
                await asyncio.wait_for(listener.reset(16000), timeout=2.0)
                self._idle.append(listener)
                kept = True
        except (ListenerLost, asyncio.TimeoutError):
            pass
        finally:
            if not kept:
                await self._stop(listener)


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Recognize the speech that the parent process sends, until it closes `source` or ends."""
    from .recognition import Recognizer

    recognizer = Recognizer()
    while len(header := source.read(_HEADER.size)) == _HEADER.size:
        kind, length = _HEADER.unpack(header)
        payload = source.read(length)
        events: list[dict[str, Any]]
        if kind == _AUDIO:
            events = recognizer.hear(payload)
        elif kind == _FINISH:
            events = [*recognizer.finish(), {"type": "session.finalized"}]
        else:
            recognizer.reset(struct.unpack("!I", payload)[0])
            events = [{"type": "reset"}]
        for event in events:
            sink.write(json.dumps(event).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.stdin.buffer, sys.stdout.buffer)
