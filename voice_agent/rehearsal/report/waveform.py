"""The recording of a call, in the forms in which a page draws and plays it."""

from __future__ import annotations

import wave
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

_RATE = 24000
# Joint stereo: two voices that mostly take turns, at 6 kB a second.
_BIT_RATE = 48000
# Raises quiet speech above the axis, so that it is seen.
_GAMMA = 0.7


@dataclass(frozen=True, slots=True)
class Recording:
    """A stereo recording: the caller left, the agent right."""

    samples: npt.NDArray[np.int16]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


def read(path: Path) -> Recording:
    """Read a stereo WAV file of 16 bits."""
    with wave.open(str(path), "rb") as file:
        pcm = file.readframes(file.getnframes())
        return Recording(np.frombuffer(pcm, "<i2").reshape(-1, 2), file.getframerate())


def peaks(recording: Recording, seconds: float, bins: int) -> npt.NDArray[np.float64]:
    """Return the loudest sample of each side in each of `bins` equal parts, from 0 to 1.

    Both sides are drawn to one scale: the loudest sample of the call is 1.
    """
    loud = np.abs(recording.samples.astype(np.float64))
    edges = np.linspace(0, seconds * recording.rate, bins + 1).astype(np.int64)
    heights = np.zeros((bins, 2))
    for index, (start, stop) in enumerate(pairwise(edges)):
        if (part := loud[start : max(stop, start + 1)]).size:
            heights[index] = part.max(axis=0)
    return (heights / max(1.0, float(heights.max()))) ** _GAMMA


def outline(heights: npt.NDArray[np.float64]) -> str:
    """Return one side's peaks as an SVG path: 1 wide a bin, 100 high above and below the middle."""
    upper = [f"{index} {-round(100 * height)}" for index, height in enumerate(heights)]
    lower = [f"{index} {round(100 * height)}" for index, height in enumerate(heights)]
    return "M" + "L".join(upper + lower[::-1]) + "Z"


def as_data_uri(recording: Recording) -> str:
    """Return the recording as an MP3 within a URI, which every browser plays and seeks in."""
    return "data:audio/mpeg;base64," + b64encode(_mp3(recording)).decode("ascii")


def _mp3(recording: Recording) -> bytes:
    import av

    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(recording.samples).reshape(1, -1), format="s16", layout="stereo"
    )
    frame.sample_rate = recording.rate
    file = BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=_RATE, layout="stereo")
        stream.bit_rate = _BIT_RATE
        resampler = av.AudioResampler(format="s16p", layout="stereo", rate=_RATE)
        for resampled in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return file.getvalue()
