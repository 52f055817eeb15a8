"""When each word of a text is spoken in its audio, as far as can be told without a recognizer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Samples: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

# A word ends at a space. Languages that are written without spaces are taken letter by letter:
# Thai, Lao, Burmese and Khmer, Japanese and Chinese.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"[^\s\w]*|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_SENTENCE_END = re.compile(r"[.,;:!?\u2026\u3002\u3001\uff0c\uff01\uff1f]\W*$")
_FRAME = 0.01  # seconds
_QUIET = 100.0  # root mean square of 32767; Piper's pauses are below 20
_PAUSE = 0.15  # seconds of quiet, at which a word has ended
# How far, in proportion to the whole text, a pause may be from the end of a sentence to be its.
_NEAR = 0.15
_ROUNDING = 1e-6  # frames


@dataclass(frozen=True, slots=True)
class Word:
    """A word: where it is in its text, and when it is spoken, in seconds of its audio."""

    first: int
    last: int
    start: float
    end: float


def words_of(text: str, samples: Samples, rate: int) -> tuple[Word, ...]:
    """Return the words of `text` with their times; none where nothing is to be heard.

    Between two pauses, the audio is shared among the words by their letters. A pause is given to
    the end of a sentence or clause that is near, else to the end of the nearest word.
    """
    places = [match.span() for match in _WORD.finditer(text)]
    voiced = np.cumsum(_loud(samples, rate))
    if not places or not len(voiced) or not voiced[-1]:
        return ()
    letters = np.cumsum([0, *(last - first for first, last in places)])
    shares = letters / letters[-1]
    ends = [bool(_SENTENCE_END.search(text[first:last])) for first, last in places]
    by_letters, by_audio = _anchors(shares, ends, voiced)
    edges = np.interp(shares, by_letters, by_audio) * voiced[-1]
    starts = np.searchsorted(voiced, edges[:-1] + _ROUNDING, side="right") * _FRAME
    stops = (np.searchsorted(voiced, edges[1:] - _ROUNDING, side="left") + 1) * _FRAME
    return tuple(
        Word(*place, float(start), float(stop))
        for place, start, stop in zip(places, starts, stops, strict=True)
    )


def _loud(samples: Samples, rate: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    size = round(rate * _FRAME)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)) > _QUIET)


def _anchors(
    shares: np.ndarray[Any, Any], ends: list[bool], voiced: np.ndarray[Any, Any]
) -> tuple[list[float], list[float]]:
    """Return the shares of letters and of audio at which a word is known to end, in order."""
    by_letters, by_audio = [0.0], [0.0]
    taken = 0
    for pause in _pauses(voiced):
        at = float(voiced[pause] / voiced[-1])
        inner = range(taken + 1, len(ends))
        near = [each for each in inner if ends[each - 1] and abs(shares[each] - at) < _NEAR]
        if inner:
            taken = min(near or inner, key=lambda each: abs(float(shares[each]) - at))
            by_letters.append(float(shares[taken]))
            by_audio.append(at)
    return [*by_letters, 1.0], [*by_audio, 1.0]


def _pauses(voiced: np.ndarray[Any, Any]) -> list[int]:
    """Return the first frame of every pause within the speech."""
    spoken = np.flatnonzero(np.diff(voiced, prepend=0))
    longer = np.flatnonzero(np.diff(spoken) > round(_PAUSE / _FRAME))
    return [int(spoken[each]) + 1 for each in longer]
