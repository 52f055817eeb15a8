"""Voice activity: which pieces of audio are speech, and when a caller's turn begins and ends."""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .resampling import Resampler

SAMPLE_RATE = 16000
"""Hz: the rate at which audio is looked at."""
FRAME = 0.03
"""Seconds of audio that are speech or not."""

# Speech is louder than _QUIET (root mean square, of 32767), and louder than the noise around it by
# a ratio that steady noise never reaches. The noise is the quietest frame of the last seconds.
_QUIET = 30.0
_ABOVE_NOISE = 2.0
_FORGET = 1.01  # a frame
_ONSET_FRAMES = 10  # 0.3 s, of which so many must sound like speech: a click does not
SPEECH_FRAMES = 4

_USUAL_THRESHOLD = 0.5
_USUAL_SILENCE = 500  # ms
_USUAL_PADDING = 300  # ms
# ms of silence after which a turn is over, by the eagerness of `semantic_vad`. The stand-in does
# not understand whether a sentence is complete, and waits for as long as people pause.
_EAGERNESS = {"low": 1200, "medium": 700, "auto": 700, "high": 400}


class SpeechDetector:
    """Tells speech from silence and noise, frame by frame, at SAMPLE_RATE.

    `threshold` is from 0 to 1: the higher it is, the louder speech must be.
    """

    def __init__(self, threshold: float = _USUAL_THRESHOLD) -> None:
        import pocketsphinx  # here, as most calls need it in other processes alone

        self._detector = pocketsphinx.Vad(pocketsphinx.Vad.MEDIUM_STRICT, SAMPLE_RATE, FRAME)
        self._ratio = _ABOVE_NOISE * threshold / _USUAL_THRESHOLD
        self.reset()

    @property
    def frame_bytes(self) -> int:
        """How long a frame is, in 16-bit mono PCM."""
        return int(self._detector.frame_bytes)

    def reset(self) -> None:
        """Forget the noise so far, as another stream begins."""
        self._noise = math.inf

    def is_speech(self, frame: bytes) -> bool:
        """Return whether the next frame of the stream is speech."""
        samples = array("h", frame)
        loudness = math.sqrt(sum(sample * sample for sample in samples) / len(samples))
        self._noise = max(_QUIET, min(loudness, self._noise * _FORGET))
        return loudness > self._noise * self._ratio and bool(self._detector.is_speech(frame))


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """When a realtime model takes a turn for begun and ended, and what it does then.

    These are the options of OpenAI's `turn_detection`. `threshold` is from 0 to 1, and the others
    are in milliseconds.
    """

    threshold: float = _USUAL_THRESHOLD
    prefix_padding: int = _USUAL_PADDING
    silence: int = _USUAL_SILENCE
    create_response: bool = True
    interrupt_response: bool = True

    @classmethod
    def from_options(cls, options: dict[str, Any]) -> TurnDetection:
        """Return what the options of `server_vad` or `semantic_vad` ask for."""
        silence = _number(options.get("silence_duration_ms"), _USUAL_SILENCE)
        if options.get("type") == "semantic_vad":
            silence = _EAGERNESS.get(str(options.get("eagerness")), _EAGERNESS["auto"])
        return cls(
            threshold=_number(options.get("threshold"), _USUAL_THRESHOLD),
            prefix_padding=round(_number(options.get("prefix_padding_ms"), _USUAL_PADDING)),
            silence=round(silence),
            create_response=options.get("create_response") is not False,
            interrupt_response=options.get("interrupt_response") is not False,
        )


def _number(value: object, usual: float) -> float:
    return value if isinstance(value, int | float) else usual


@dataclass(frozen=True, slots=True)
class Activity:
    """A caller's turn has begun or ended; `at` is in milliseconds since the audio began."""

    speaking: bool
    at: int


class VoiceActivity:
    """Follows one stream of audio, and notices where speech begins and ends in it."""

    def __init__(self, sample_rate: int, detection: TurnDetection) -> None:
        self._detection = detection
        self._detector = SpeechDetector(detection.threshold)
        self._resampler = Resampler(sample_rate, SAMPLE_RATE)
        self._rest = b""
        self._frames = 0
        self._recent: deque[bool] = deque(maxlen=_ONSET_FRAMES)
        self._voiced = 0
        self.speaking = False
        """Whether somebody speaks, or has paused for less than it takes to end a turn."""

    def hear(self, pcm: bytes) -> Iterator[Activity]:
        """Take 16-bit mono PCM of any length, and yield what begins and ends in it."""
        self._rest += self._resampler.resample(pcm)
        size = self._detector.frame_bytes
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            self._frames += 1
            speech = self._detector.is_speech(frame)
            yield from self._follow(speech) if self.speaking else self._wait(speech)

    def finish(self) -> Iterator[Activity]:
        """End the turn that is under way, if there is one, as no more audio comes."""
        if self.speaking:
            yield self._end()

    @property
    def _now(self) -> int:
        return round(self._frames * FRAME * 1000)

    def _wait(self, speech: bool) -> Iterator[Activity]:
        self._recent.append(speech)
        if sum(self._recent) >= SPEECH_FRAMES:
            began = self._now - round(len(self._recent) * FRAME * 1000)
            self.speaking = True
            self._voiced = self._now
            yield Activity(True, max(0, began - self._detection.prefix_padding))

    def _follow(self, speech: bool) -> Iterator[Activity]:
        if speech:
            self._voiced = self._now
        elif self._now - self._voiced >= self._detection.silence:
            yield self._end()

    def _end(self) -> Activity:
        self.speaking = False
        self._recent.clear()
        return Activity(False, self._voiced)
