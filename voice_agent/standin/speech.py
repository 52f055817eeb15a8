"""Turns text into speech (PCM), with the voice of an engine such as Piper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from .log import logger
from .piper_voice import Piper
from .recordings import Piece, Recordings
from .resampling import Resampler

if TYPE_CHECKING:
    import numpy as np

# Tags are directions to other voices, and [[...]] is Piper's and espeak-ng's own notation for
# phonemes.
_UNSPOKEN = re.compile(r"<[^<>]*>|\[\[|\]\]")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+")


class Engine(Protocol):
    """What makes the speech of one voice."""

    def load(self) -> None:
        """Load what it needs, so that the first text does not wait for it."""

    def synthesize(
        self, text: str, slowness: float
    ) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.int16]]]]:
        """Yield sample rates and mono samples, a piece of `text` at a time."""


class Voice:
    """A voice for any number of callers at once: that of an engine, by default Piper's Joe."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._engine = engine or Piper()
        self._recordings = Recordings()
        # A second thread lets a short sentence pass a long one; more would only share two cores.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="speech")

    def warm(self) -> None:
        """Load the model in the background, so that the first sentence does not wait for it."""
        self._threads.submit(self._engine.load).add_done_callback(_log_failure)

    def close(self) -> None:
        """Drop the sentences that are waiting; the one being spoken is finished and discarded."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def prepare(self, text: str) -> None:
        """Make what `speak` will say, so that it need not be made during a call."""
        for sentence in _sentences(text):
            async for _ in self._recordings.play((sentence, 1.0), self._make):
                pass

    async def speak(
        self, text: str, sample_rate: int, *, slowness: float = 1.0
    ) -> AsyncIterator[bytes]:
        """Yield 16-bit mono PCM at `sample_rate` Hz, a sentence at a time, as it is made.

        `slowness` is how long it takes, in proportion to the voice's usual speed. Text without a
        word in it yields nothing. A sentence that was said before is not made again.
        """
        resampler = None
        for sentence in _sentences(text):
            async for rate, pcm in self._recordings.play((sentence, slowness), self._make):
                resampler = resampler or Resampler(rate, sample_rate)
                yield resampler.resample(pcm)
        if resampler is not None:
            yield resampler.rest()

    async def _make(self, sentence: str, slowness: float) -> AsyncIterator[Piece]:
        loop = asyncio.get_running_loop()
        pieces = self._engine.synthesize(sentence, slowness)
        while (made := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
            rate, samples = made
            yield rate, samples.tobytes()


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text, however many of them came at once; none without a word."""
    sentences = _BETWEEN_SENTENCES.split(_UNSPOKEN.sub(" ", text).strip())
    return [each for each in sentences if any(character.isalnum() for character in each)]


def _log_failure(loading: Future[None]) -> None:
    if not loading.cancelled() and (error := loading.exception()):
        logger.error("the voice cannot be loaded", exc_info=error)
