"""An ear that knows what a caller may say: it finds the caller's own recordings in what it gets.

A word is heard if its audio arrives. LiveKit keeps the stream of audio continuous and puts silence
in place of what the agent is not to hear, such as speech over an answer that cannot be interrupted.
Nothing is guessed, so that the same call has the same transcripts, in any language.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .calls import Utterance
from .resampling import Resampler
from .words import Samples, Word, words_of

_RATE = 8000
"""Hz, at which recordings are compared: voices differ enough below 4 kHz."""
_SIZE = 160  # samples in a frame
_FRAME = _SIZE / _RATE  # seconds

# Seconds. An interim transcript of Deepgram's nova-3 comes 0.15 to 0.3 s after its last word, and a
# final one 0.3 to 0.5 s after the end of speech.
_BEHIND = 0.2
_PAUSE = 0.36  # the silence that ends an utterance, as for `recognition.Recognizer`

_QUIET = 40.0  # root mean square, of 32767, below which nothing is said
_WINDOW = 6  # frames that are compared; a match of so many is hardly ever a coincidence
_MATCH, _SAME, _LOST = 0.9, 0.02, 0.5  # correlation: at least, as good as, no longer
_LONGEST_GUESS = 50  # frames kept of sound that is not known yet
_ARRIVED = 0.25  # of the energy of a recording, for it to count as having arrived


# A stream is hardly ever sampled at the very moments at which a recording was.
_FRACTIONS = (0.0, 0.17, -0.17, 0.33, -0.33, 0.5)  # of a sample
_TAPS = 8  # samples on both sides, from which one in between is computed


@lru_cache
def _shift(fraction: float) -> Samples:
    taps = np.arange(-_TAPS, _TAPS + 1)
    return np.asarray(np.sinc(taps + fraction) * np.hamming(len(taps)), np.float32)


@dataclass(frozen=True, slots=True)
class _Known:
    """An utterance, ready to be compared."""

    text: str
    samples: Samples
    words: tuple[Word, ...]

    def piece(self, at: int, size: int, fraction: float = 0.0) -> Samples:
        """Return `size` samples from `at` on, with silence before and after the recording.

        They are those at `at` and a `fraction` of a sample.
        """
        if fraction:
            longer = self.piece(at - _TAPS, size + 2 * _TAPS)
            return np.convolve(longer, _shift(fraction), "valid").astype(np.float32)
        piece = np.zeros(size, np.float32)
        first, last = max(at, 0), min(at + size, len(self.samples))
        if first < last:
            piece[first - at : last - at] = self.samples[first:last]
        return piece


class _Memory:
    """All utterances of a call, and where in them a piece of sound may come from."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self.known = [_prepared(each) for each in utterances]
        gap = np.zeros(_WINDOW * _SIZE, np.float32)
        self._starts = []
        pieces: list[Samples] = []
        length = 0
        for each in self.known:
            self._starts.append(length)
            pieces += [each.samples, gap]
            length += len(each.samples) + len(gap)
        joined = np.concatenate([gap, *pieces])
        self._size = 1 << (len(joined) + len(gap)).bit_length()
        self._spectrum = np.fft.rfft(joined, self._size)
        energy = np.concatenate([[0.0], np.cumsum(joined.astype(np.float64) ** 2)])
        self._energy = np.maximum(energy[len(gap) :] - energy[: -len(gap)], 1.0)

    def find(self, sound: Samples, after: int) -> tuple[int, int] | None:
        """Return the number of the utterance that `sound` is from, and its place in there.

        Of several that are the same, it is the next one after the number `after`.
        """
        spectrum = np.fft.rfft(sound, self._size)
        product = np.fft.irfft(self._spectrum * np.conj(spectrum), self._size)
        own = float(np.sum(sound.astype(np.float64) ** 2))
        scores = product[: len(self._energy)] / np.sqrt(self._energy * max(own, 1.0))
        # A piece that is as good as silent matches anything.
        scores[self._energy < _QUIET**2 * len(sound)] = 0.0
        best = {}
        for number, start in enumerate(self._starts):
            until = start + len(self.known[number].samples) + len(sound)
            place = start + int(np.argmax(scores[start:until]))
            best[number] = float(scores[place]), place - start - len(sound)
        top = max((score for score, _ in best.values()), default=0.0)
        if top < _MATCH:
            return None
        count = len(self.known)
        following = sorted(best, key=lambda number: (number - after - 1) % count)
        number = next(each for each in following if best[each][0] >= top - _SAME)
        return number, best[number][1]


@lru_cache(maxsize=64)
def _prepared(utterance: Utterance) -> _Known:
    resampler = Resampler(utterance.sample_rate, _RATE)
    samples = _samples(resampler.resample(utterance.pcm) + resampler.rest())
    return _Known(utterance.text, samples, words_of(utterance.text, samples, _RATE))


@dataclass(frozen=True, slots=True)
class _Heard:
    """A word that was heard, in the time of the stream."""

    utterance: int
    text: str
    word: Word
    start: float
    end: float

    def follows(self, other: _Heard) -> bool:
        """Return whether it is said after `other`, within one recording."""
        return self.utterance == other.utterance and self.word.first >= other.word.last


class _Track:
    """An utterance while it is heard: what has arrived of each of its words.

    `place` is where in the recording the piece `sound` is from, `at` where hearing begins, and
    `began` the sample of the stream at which the recording begins.
    """

    def __init__(
        self, number: int, known: _Known, *, sound: Samples, place: int, at: int, began: int
    ) -> None:
        self.number = number
        self.known = known
        self.began = began
        self._at = at
        pieces = {each: known.piece(place, len(sound), each) for each in _FRACTIONS}
        self._fraction = max(pieces, key=lambda each: float(np.dot(pieces[each], sound)))
        self._gain = _energy(sound) / _energy(pieces[self._fraction])
        # What came before it was recognized did not arrive.
        missed = [word for word in known.words if word.end * _RATE <= at]
        self._next = len(missed)
        begun = [max(at - round(word.start * _RATE), 0) for word in known.words[self._next :][:1]]
        self._expected = sum(_energy(known.piece(at - size, size)) * self._gain for size in begun)
        self._arrived = 0.0
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=_WINDOW)

    @property
    def over(self) -> bool:
        """Whether the recording has ended."""
        return self._at >= len(self.known.samples)

    @property
    def lost(self) -> bool:
        """Whether something else is heard now."""
        if len(self._recent) < _WINDOW:
            return False
        product, expected, arrived = np.sum(self._recent, axis=0)
        return bool(product < _LOST * np.sqrt(expected * arrived))

    def hear(self, frame: Samples) -> tuple[bool, list[Word]]:
        """Take a frame; return whether speech arrived in it, and the words that ended in it."""
        piece = self.known.piece(self._at, len(frame), self._fraction)
        self._at += len(frame)
        expected, arrived = _energy(piece) * self._gain, _energy(frame)
        loud = _is_loud(frame)
        if loud:
            product = float(np.dot(piece, frame)) * math.sqrt(self._gain)
            self._recent.append((product, expected, arrived))
        self._expected += expected
        there = loud and arrived >= expected * _ARRIVED
        self._arrived += expected if there else 0.0
        return there, list(self._ended())

    def end(self) -> list[Word]:
        """End the word that is being said; return it, if at least half of it has arrived."""
        words = self.known.words[self._next : self._next + 1]
        self._next += len(words)
        halves = (word for word in words if (word.start + word.end) / 2 * _RATE <= self._at)
        return [word for word in halves if self._enough]

    @property
    def _enough(self) -> bool:
        return self._arrived > 0 and self._arrived >= self._expected / 2

    def _ended(self) -> Iterator[Word]:
        words = self.known.words
        while self._next < len(words) and words[self._next].end * _RATE <= self._at:
            if self._enough:
                yield words[self._next]
            self._next += 1
            self._expected = self._arrived = 0.0


class KnowingEar:
    """Transcribes one stream of audio, from the utterances that may be in it.

    It has the methods and the events of `recognition.Recognizer`.
    """

    def __init__(self, utterances: Sequence[Utterance], language: str, sample_rate: int) -> None:
        self._memory = _Memory(utterances)
        self._language = language
        self._resampler = Resampler(sample_rate, _RATE)
        self._rest = b""
        self._samples = 0
        self._unknown: deque[Samples] = deque(maxlen=_LONGEST_GUESS)
        self._recent: deque[Samples] = deque(maxlen=_WINDOW)
        self._track: _Track | None = None
        self._latest = -1
        self._voiced = 0.0
        self._coming: deque[_Heard] = deque()
        self._told: list[_Heard] = []

    def hear(self, pcm: bytes) -> list[dict[str, Any]]:
        """Take 16-bit mono PCM of any length, and return the events that follow from it."""
        self._rest += self._resampler.resample(pcm)
        events: list[dict[str, Any]] = []
        while len(self._rest) >= 2 * _SIZE:
            frame, self._rest = self._rest[: 2 * _SIZE], self._rest[2 * _SIZE :]
            self._samples += _SIZE
            self._take(_samples(frame))
            events += self._events()
        return events

    def finish(self) -> list[dict[str, Any]]:
        """End the utterance in progress, if there is one, and return its final transcript."""
        if self._track is not None:
            self._note(self._track, self._track.end())
        return self._end()

    @property
    def _now(self) -> float:
        return self._samples / _RATE

    def _take(self, frame: Samples) -> None:
        self._recent.append(frame)
        if self._track is None:
            self._recognize(frame)
            return
        self._follow(self._track, frame)
        if self._track.lost:
            self._unknown.extend(self._recent)
        if self._track.lost or self._track.over:
            self._track = None

    def _follow(self, track: _Track, frame: Samples) -> None:
        arrived, words = track.hear(frame)
        if arrived:
            self._voiced = self._now
        self._note(track, words)

    def _note(self, track: _Track, words: Sequence[Word]) -> None:
        began = track.began / _RATE
        self._coming.extend(
            _Heard(track.number, track.known.text, word, began + word.start, began + word.end)
            for word in words
        )

    def _recognize(self, frame: Samples) -> None:
        self._unknown.append(frame)
        loud = [_is_loud(each) for each in self._recent]
        if not any(loud):
            self._unknown.clear()
        if not loud[-1] or sum(loud) < _WINDOW - 2 or len(self._unknown) < _WINDOW:
            return
        sound = np.concatenate(list(self._unknown)[-_WINDOW:])
        found = self._memory.find(sound, self._latest)
        if found is None:
            return
        self._latest, place = found
        self._track = _Track(
            self._latest,
            self._memory.known[self._latest],
            sound=sound,
            place=place,
            at=place + len(sound) - len(self._unknown) * _SIZE,
            began=self._samples - len(sound) - place,
        )
        for each in self._unknown:
            self._follow(self._track, each)
        self._unknown.clear()

    def _events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while self._coming and self._coming[0].end + _BEHIND <= self._now:
            if not self._told:
                events.append({"type": "start_of_speech"})
            self._told.append(self._coming.popleft())
            events.append(self._transcript("interim_transcript", self._told))
        over = self._now - self._voiced >= _PAUSE
        return events + (self._end() if over else [])

    def _end(self) -> list[dict[str, Any]]:
        begins = [] if self._told else [{"type": "start_of_speech"}]
        heard = [*self._told, *self._coming]
        self._told = []
        self._coming.clear()
        if not heard:
            return []
        final = self._transcript("final_transcript", heard)
        final["words"] = [
            {
                "word": each.text[each.word.first : each.word.last],
                "start": round(each.start, 3),
                "end": round(each.end, 3),
                "confidence": 1.0,
            }
            for each in heard
        ]
        return [*begins, final]

    def _transcript(self, kind: str, heard: Sequence[_Heard]) -> dict[str, Any]:
        start = heard[0].start
        return {
            "type": kind,
            "transcript": _text(heard),
            "language": self._language,
            "start": round(start, 3),
            "duration": round(heard[-1].end - start, 3),
            "confidence": 1.0,
            "words": [],
        }


def _text(heard: Sequence[_Heard]) -> str:
    """Return the words as they are written, with a space where some between them are missing."""
    text = ""
    before: _Heard | None = None
    for each in heard:
        joined = before is not None and each.follows(before)
        between = each.text[before.word.last : each.word.first] if joined and before else " "
        text += (between if not between.strip() else " ") * (before is not None)
        text += each.text[each.word.first : each.word.last]
        before = each
    return text


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, np.int16).astype(np.float32)


def _energy(samples: Samples) -> float:
    return float(np.dot(samples, samples))


def _is_loud(frame: Samples) -> bool:
    return _energy(frame) > _QUIET**2 * len(frame)
