"""PocketSphinx: turns speech (PCM) into transcripts."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import pocketsphinx

from .activity import FRAME, SAMPLE_RATE, SPEECH_FRAMES, SpeechDetector
from .resampling import Resampler

# Seconds of audio.
_ONSET = 0.3  # how far back the beginning of speech is looked for
_PAUSE = 0.36  # the silence that ends an utterance
_INTERIM = 0.3
_LONGEST = 20.0  # the last pass over an utterance takes time in proportion to its length

_ONSET_FRAMES = round(_ONSET / FRAME)
# The mean cepstrum the decoder starts from, before it has adapted to a voice; measured on clear
# speech at a usual level. PocketSphinx's own guess loses the first words of a stream.
_MEANS = "53.9,2.9,-1.7,7,0.8,-6.4,-0.5"

# Among the words: silence, noise, the ends of a sentence. "(2)" is a second pronunciation.
_MARK = re.compile(r"<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+|\(\d+\)")


class Recognizer:
    """Recognizes one stream of speech at a time, cut into utterances at its pauses.

    Events are dicts in the form of the gateway's protocol; times are seconds since the stream
    began. Making one takes about a second; `reset` makes it ready for another stream.
    """

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(loglevel="FATAL", cmninit=_MEANS)
        self._detector = SpeechDetector()
        self._speaking = False
        self.reset(SAMPLE_RATE)

    def reset(self, sample_rate: int) -> None:
        """Forget the stream so far; the next one has `sample_rate` Hz."""
        if self._speaking:
            self._decoder.end_utt()
        self._decoder.reinit_feat()  # it adapts to the voice and to the noise around it
        self._resampler = Resampler(sample_rate, SAMPLE_RATE)
        self._rest = b""
        self._frames = 0
        self._detector.reset()
        self._recent: deque[tuple[bytes, bool]] = deque(maxlen=_ONSET_FRAMES)
        self._begin_waiting()

    def hear(self, pcm: bytes) -> list[dict[str, Any]]:
        """Take 16-bit mono PCM of any length, and return the events that follow from it."""
        self._rest += self._resampler.resample(pcm)
        events: list[dict[str, Any]] = []
        while len(self._rest) >= self._detector.frame_bytes:
            frame = self._rest[: self._detector.frame_bytes]
            self._rest = self._rest[self._detector.frame_bytes :]
            self._frames += 1
            speech = self._detector.is_speech(frame)
            events += self._follow(frame, speech) if self._speaking else self._wait(frame, speech)
        return events

    def finish(self) -> list[dict[str, Any]]:
        """End the utterance in progress, if there is one, and return its final transcript."""
        return self._end() if self._speaking else []

    @property
    def _now(self) -> float:
        return self._frames * FRAME

    def _begin_waiting(self) -> None:
        self._speaking = False
        self._announced = False
        self._heard = ""
        self._recent.clear()

    def _wait(self, frame: bytes, speech: bool) -> list[dict[str, Any]]:
        self._recent.append((frame, speech))
        if sum(speech for _, speech in self._recent) < SPEECH_FRAMES:
            return []
        self._speaking = True
        self._start = self._now - len(self._recent) * FRAME
        self._voiced = self._reported = self._now
        self._decoder.start_utt()
        self._decoder.process_raw(b"".join(frame for frame, _ in self._recent))
        return []

    def _follow(self, frame: bytes, speech: bool) -> list[dict[str, Any]]:
        self._decoder.process_raw(frame)
        if speech:
            self._voiced = self._now
        if self._now - self._voiced >= _PAUSE or self._now - self._start >= _LONGEST:
            return self._end()
        if self._now - self._reported < _INTERIM:
            return []
        self._reported = self._now
        return self._interim()

    def _interim(self) -> list[dict[str, Any]]:
        hypothesis = self._decoder.hyp()
        heard = _readable(hypothesis.hypstr) if hypothesis else ""
        if not heard or heard == self._heard:
            return []
        self._heard = heard
        return [*self._announce(), self._transcript("interim_transcript", heard)]

    def _end(self) -> list[dict[str, Any]]:
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        heard = _readable(hypothesis.hypstr) if hypothesis else ""
        events: list[dict[str, Any]] = []
        if heard or self._announced:
            # Speech once announced is ended for the client by a final transcript only, even if
            # the last pass found no word in it.
            final = self._transcript("final_transcript", heard)
            final["words"] = words = self._words() if heard else []
            if words:
                final["confidence"] = sum(word["confidence"] for word in words) / len(words)
            events = [*self._announce(), final]
        self._begin_waiting()
        return events

    def _announce(self) -> list[dict[str, Any]]:
        # Not at the first sound, which may be noise, but with the first word.
        if self._announced:
            return []
        self._announced = True
        return [{"type": "start_of_speech"}]

    def _transcript(self, kind: str, text: str) -> dict[str, Any]:
        return {
            "type": kind,
            "transcript": text,
            "language": "en",
            "start": round(self._start, 3),
            "duration": round(self._voiced - self._start, 3),
            "confidence": 0.0,
            "words": [],
        }

    def _words(self) -> list[dict[str, Any]]:
        rate = self._decoder.config["frate"]
        return [
            {
                "word": word,
                "start": round(self._start + segment.start_frame / rate, 3),
                "end": round(self._start + (segment.end_frame + 1) / rate, 3),
                "confidence": round(min(1.0, segment.prob), 3),
            }
            for segment in self._decoder.seg()
            if (word := _MARK.sub("", segment.word).strip())
        ]


def _readable(hypothesis: str) -> str:
    text = re.sub(r"\bi\b", "I", hypothesis.strip())
    return text[:1].upper() + text[1:]
