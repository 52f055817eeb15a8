"""Real speech, as Piper speaks it, and silence: 16-bit mono PCM."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from voice_agent.standin.piper_voice import Piper
from voice_agent.standin.resampling import Resampler


@cache
def spoken(text: str, sample_rate: int = 16000) -> bytes:
    """Speak `text` at `sample_rate` Hz."""
    pcm, resampler = b"", None
    for rate, samples in Piper().synthesize(text, 1.0):
        resampler = resampler or Resampler(rate, sample_rate)
        pcm += resampler.resample(samples.tobytes())
    return pcm + resampler.rest() if resampler else pcm


def silence(seconds: float, sample_rate: int = 16000) -> bytes:
    """Return so many seconds of nothing."""
    return bytes(2 * round(seconds * sample_rate))


def seconds(pcm: bytes, sample_rate: int = 16000) -> float:
    """Return how long PCM plays."""
    return len(pcm) / 2 / sample_rate


def loudness(pcm: bytes) -> float:
    """Return the root mean square of the samples."""
    return float(np.sqrt(np.mean(np.frombuffer(pcm, np.int16).astype(np.float64) ** 2)))


def words(text: str) -> list[str]:
    """Return the words of a text without case and punctuation."""
    return re.sub(r"[^a-z' ]", "", text.lower()).split()


def word_errors(said: str, heard: str) -> int:
    """Count the words that were inserted, left out or replaced."""
    reference, hypothesis = words(said), words(heard)
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(hypothesis, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]
