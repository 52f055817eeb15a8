"""Audio input and output of a rehearsed call: the caller's microphone and loudspeaker.

Both run in real time. The agent's audio is played by a clock, as a sound card would play it, so
that interruptions, pauses and the end of playout come when a caller would hear them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents.voice import io

RATE = 24000
"""Hz, of both sides: the rate of LiveKit's rooms."""
FRAME = 0.02
"""Seconds of audio in one piece from the microphone."""


_LOUD = 330  # of 32767, 40 dB below the loudest sample there is


def speech_in(pcm: bytes) -> tuple[bytes, bytes]:
    """Return the silence at the beginning of audio, and the speech after it, up to its end."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > _LOUD)
    if not loud.size:
        return pcm, b""
    first, last = 2 * int(loud[0]), 2 * int(loud[-1]) + 2
    return pcm[:first], pcm[first:last]


@dataclass(slots=True)
class Track:
    """One side of a recording: pieces of 16-bit PCM at RATE, with the times they begin at."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def add(self, at: float, pcm: bytes) -> None:
        """Add `pcm`, which is heard from `at` on."""
        self.pieces.append((at, pcm))

    def cut(self, at: float) -> bytes:
        """Remove and return everything that would be heard from `at` on."""
        before, rest = [], b""
        for start, pcm in self.pieces:
            split = 2 * min(max(round((at - start) * RATE), 0), len(pcm) // 2)
            if split:
                before.append((start, pcm[:split]))
            rest += pcm[split:]
        self.pieces = before
        return rest


class Microphone(io.AudioInput):
    """The caller's microphone: sends what the caller says, and silence in between."""

    def __init__(self) -> None:
        super().__init__(label="caller")
        self.track = Track()
        self.lag = 0.0
        """Seconds by which a piece of audio was sent too late, at the worst."""
        self.ticked: Callable[[], None] = lambda: None
        self._waiting = b""
        self._spoken = asyncio.Event()
        self._listened_to = True
        self._closed = False
        self._next: float | None = None

    def on_attached(self) -> None:
        """Note that the agent listens."""
        super().on_attached()
        self._listened_to = True

    def on_detached(self) -> None:
        """Note that the agent does not listen: it gets silence, whatever the caller says."""
        super().on_detached()
        self._listened_to = False

    async def speak(self, pcm: bytes) -> None:
        """Say `pcm` (16-bit mono at RATE), and return when its last sample has been sent."""
        if not self._closed:
            self._waiting = pcm
            self._spoken.clear()
            await self._spoken.wait()

    def close(self) -> None:
        """Say nothing more, as the call is over and nobody asks for audio."""
        self._closed = True
        self._waiting = b""
        self._spoken.set()

    @staticmethod
    def silence(seconds: float) -> bytes:
        """Return so many seconds of silence, for `speak`."""
        return bytes(2 * round(RATE * seconds))

    async def __anext__(self) -> rtc.AudioFrame:
        now = time.monotonic()
        self._next = now if self._next is None else self._next + FRAME
        if self._next > now:
            await asyncio.sleep(self._next - now)
        self.lag = max(self.lag, time.monotonic() - self._next)
        size = 2 * round(RATE * FRAME)
        piece, self._waiting = self._waiting[:size], self._waiting[size:]
        if piece:
            self.track.add(self._next, piece)
        if not self._waiting:
            self._spoken.set()
        self.ticked()
        if not self._listened_to:
            piece = b""
        return rtc.AudioFrame(piece.ljust(size, b"\0"), RATE, 1, size // 2)


@dataclass(frozen=True, slots=True)
class Heard:
    """One stretch of the agent's speech, as the caller heard it; its times are `time.monotonic`."""

    started: float
    stopped: float
    spoken: float
    """How many seconds of audio the agent has given for it."""
    played: float
    """How many seconds of that audio were played, without the gaps between sentences."""

    @property
    def cut(self) -> bool:
        """Whether it was not heard to its end."""
        return self.played < self.spoken


class Speaker(io.AudioOutput):
    """Plays the agent's audio by the clock. While it is paused, it plays nothing, as in a room."""

    def __init__(self) -> None:
        super().__init__(
            label="loudspeaker",
            sample_rate=RATE,
            capabilities=io.AudioOutputCapabilities(pause=True),
        )
        self.track = Track()
        self.heard: list[Heard] = []
        self.hushed: list[float] = []
        """When it was paused as the caller seemed to cut in; it may have gone on later."""
        self.ended: Callable[[Heard], None] = lambda _: None
        self._paused: float | None = None
        """Since when it has been paused; a pause may outlast the speech in which it began."""
        self._begin()

    def _begin(self) -> None:
        self.started: float | None = None
        """When the present speech was first heard."""
        self.complete = False
        """Whether all of the present speech has come, so that `left` is how long it goes on."""
        self._pushed = 0.0
        self._ends = 0.0
        self._unplayed = b""
        self._changed = asyncio.Event()
        self._cleared = False

    @property
    def playing(self) -> bool:
        """Whether the agent is being heard, or about to be."""
        return self.started is not None

    @property
    def undecided(self) -> bool:
        """Whether it is paused in the middle of speech, until it is known if the caller cuts in."""
        return self._paused is not None and self._pushed > 0

    @property
    def left(self) -> float:
        """For how many seconds what has come so far will still be played."""
        if self._paused is not None:
            return len(self._unplayed) / 2 / RATE
        return max(0.0, self._ends - time.monotonic())

    @property
    def for_seconds(self) -> float:
        """For how long the present speech has been heard."""
        return 0.0 if self.started is None else time.monotonic() - self.started

    @property
    def length(self) -> float:
        """How many seconds of the present speech have come so far."""
        return self._pushed

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a piece of the agent's audio."""
        await super().capture_frame(frame)
        pcm = bytes(frame.data)
        self._pushed += len(pcm) / 2 / RATE
        if self._paused is not None:
            self._unplayed += pcm
        else:
            self._play(pcm)

    def _play(self, pcm: bytes) -> None:
        now = time.monotonic()
        if self.started is None:
            self.started = self._ends = now
            self.on_playback_started(created_at=time.time())
        at = max(self._ends, now)
        self.track.add(at, pcm)
        self._ends = at + len(pcm) / 2 / RATE

    def flush(self) -> None:
        """Note that all of the present speech has come."""
        super().flush()
        if self._pushed and not self.complete:
            self.complete = True
            self._playout = asyncio.create_task(self._play_out())

    def clear_buffer(self) -> None:
        """Cut the present speech off."""
        if self._pushed:
            self._cleared = True
            self._changed.set()

    def pause(self) -> None:
        """Play nothing until it is known whether the caller cuts in."""
        super().pause()
        if self._paused is None:
            self._paused = time.monotonic()
            if self.started is not None:
                self._unplayed = self.track.cut(self._paused)
                self.hushed.append(self._paused)
            self._changed.set()

    def resume(self) -> None:
        """Go on playing where `pause` stopped."""
        super().resume()
        if self._paused is not None:
            self._paused = None
            if self._unplayed:
                self._ends = time.monotonic()
                self._play(self._unplayed)
            self._unplayed = b""
            self._changed.set()

    async def _play_out(self) -> None:
        while not self._cleared and (self._paused is not None or self.left > 0):
            self._changed.clear()
            timeout = None if self._paused is not None else self.left
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), timeout)
        now = time.monotonic()
        if self._paused is not None:
            stopped, rest = self._paused, self._unplayed
        else:
            stopped, rest = now, self.track.cut(now)
        pushed, started = self._pushed, self.started
        played = pushed - len(rest) / 2 / RATE
        self._begin()
        if started is not None:
            heard = Heard(started, stopped, pushed, played)
            self.heard.append(heard)
            self.ended(heard)
        self.on_playback_finished(playback_position=played, interrupted=played < pushed)
