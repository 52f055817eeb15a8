"""Who listens in a call: a recognizer, or the ear that knows what the caller may say."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any, Protocol

from .calls import KnownCall
from .ear import KnowingEar
from .listener import Listeners


class Listens(Protocol):
    """What listens to one stream of audio."""

    async def hear(self, pcm: bytes) -> None:
        """Take 16-bit mono PCM of any length."""

    async def finish(self) -> None:
        """End the utterance in progress; its final transcript and `session.finalized` follow."""

    async def event(self) -> dict[str, Any]:
        """Return the next event, in the form of the gateway's protocol; raise ListenerLost."""


class _Knowing:
    """An `ear.KnowingEar` in this process, for which it has little to do."""

    def __init__(self, call: KnownCall, sample_rate: int) -> None:
        self._ear = KnowingEar(call.utterances, call.language, sample_rate)
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def hear(self, pcm: bytes) -> None:
        self._tell(self._ear.hear(pcm))

    async def finish(self) -> None:
        self._tell([*self._ear.finish(), {"type": "session.finalized"}])

    async def event(self) -> dict[str, Any]:
        return await self._events.get()

    def _tell(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            self._events.put_nowait(event)


@contextlib.asynccontextmanager
async def listening(
    call: KnownCall, sample_rate: int, listeners: Listeners
) -> AsyncIterator[Listens]:
    """Have somebody listen to a stream of `sample_rate` Hz of a call; raise ListenerLost."""
    if not call.hears_really:
        yield _Knowing(call, sample_rate)
        return
    listener = await listeners.acquire(sample_rate)
    try:
        yield listener
    finally:
        listeners.release(listener)


class Transcripts:
    """Turns what a listener hears into one transcript for each turn."""

    def __init__(self, listener: Listens) -> None:
        self._listener = listener
        self._heard: list[str] = []
        self._asked: deque[asyncio.Future[str]] = deque()

    async def hear(self, pcm: bytes) -> None:
        """Take audio."""
        await self._listener.hear(pcm)

    async def finish(self) -> asyncio.Future[str]:
        """End the turn; its transcript comes later, empty where nothing was understood."""
        self._asked.append(asyncio.get_running_loop().create_future())
        await self._listener.finish()
        return self._asked[-1]

    async def attend(self) -> None:
        """Take what the listener understands, without end; raise ListenerLost."""
        while True:
            event = await self._listener.event()
            if event["type"] == "final_transcript" and event["transcript"]:
                self._heard.append(event["transcript"])
            elif event["type"] == "session.finalized" and self._asked:
                self._asked.popleft().set_result(" ".join(self._heard))
                self._heard.clear()
