"""PCM at another rate."""

from __future__ import annotations

import av


class Resampler:
    """Converts one stream of 16-bit mono PCM from any rate to another, piece by piece."""

    def __init__(self, rate: int, to: int) -> None:
        self._rate = rate
        self._resampler = (
            av.AudioResampler(format="s16", layout="mono", rate=to) if rate != to else None
        )

    def resample(self, pcm: bytes) -> bytes:
        """Convert the next piece; the last milliseconds of it come with the piece after it."""
        if not pcm or self._resampler is None:
            return pcm
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.sample_rate = self._rate
        frame.planes[0].update(pcm)
        return b"".join(out.to_ndarray().tobytes() for out in self._resampler.resample(frame))

    def rest(self) -> bytes:
        """Return what is left at the end of the stream."""
        if self._resampler is None:
            return b""
        return b"".join(out.to_ndarray().tobytes() for out in self._resampler.resample(None))
