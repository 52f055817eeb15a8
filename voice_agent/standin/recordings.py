"""Speech that has been made, kept for whoever says the same again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

Said: TypeAlias = tuple[str, float]
"""A sentence, and how slowly it is said."""
Piece: TypeAlias = tuple[int, bytes]
"""A sample rate in Hz, and 16-bit mono PCM."""

_LARGEST = 64 * 2**20  # bytes that are kept: some twenty minutes


class Recordings:
    """Speech by what it says: made once, even if it is asked for again while it is being made."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Said, _Recording] = OrderedDict()

    async def play(
        self, said: Said, make: Callable[[str, float], AsyncIterator[Piece]]
    ) -> AsyncIterator[Piece]:
        """Yield the pieces of a sentence, which `make` makes where it is not there yet."""
        recording = self._kept.get(said)
        if recording is None:
            recording = self._kept[said] = _Recording(make(*said))
            recording.task.add_done_callback(lambda _: self._made(said))
        self._kept.move_to_end(said)
        async for piece in recording.play():
            yield piece

    def _made(self, said: Said) -> None:
        recording = self._kept.get(said)
        if recording is not None and recording.failed:
            del self._kept[said]
        size = sum(each.size for each in self._kept.values())
        while size > _LARGEST:
            _, oldest = self._kept.popitem(last=False)
            size -= oldest.size


class _Recording:
    def __init__(self, making: AsyncIterator[Piece]) -> None:
        self._pieces: list[Piece] = []
        self._changed = asyncio.Event()
        self.task = asyncio.ensure_future(self._make(making))
        self.task.add_done_callback(lambda _: self._tell())

    @property
    def size(self) -> int:
        return sum(len(pcm) for _, pcm in self._pieces)

    @property
    def failed(self) -> bool:
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)

    async def play(self) -> AsyncIterator[Piece]:
        number = 0
        while True:
            for piece in self._pieces[number:]:
                yield piece
                number += 1
            if number < len(self._pieces):
                continue
            if self.task.done():
                self.task.result()
                return
            await self._changed.wait()

    async def _make(self, making: AsyncIterator[Piece]) -> None:
        async for piece in making:
            self._pieces.append(piece)
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
