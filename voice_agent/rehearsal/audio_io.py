"""The telephone line of a rehearsed call: a caller who speaks, and ears for the agent.

Both sides run in real time. The agent's audio is played by a clock, as a sound card would play
it, so that interruptions, pauses and the end of playout come when a caller would hear them.
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
"""Hz, both ways: what LiveKit's rooms use."""
FRAME = 0.02
"""Seconds of audio in one piece from the microphone."""


_LOUD = 330  # of 32767, 40 dB below the loudest sample there is


def speech_in(pcm: bytes) -> tuple[bytes, bytes]:
    """Return the silence that audio begins with, and then all up to its last loud sample."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > _LOUD)
    if not loud.size:
        return pcm, b""
    first, last = 2 * int(loud[0]), 2 * int(loud[-1]) + 2
    return pcm[:first], pcm[first:last]


@dataclass(slots=True)
class Track:
    """One side of the recording: pieces of 16-bit PCM at RATE, each at its time."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def add(self, at: float, pcm: bytes) -> None:
        """Have `pcm` heard from `at` on."""
        self.pieces.append((at, pcm))

    def cut(self, at: float) -> bytes:
        """Take away what would be heard from `at` on, and return it."""
        kept, rest = [], b""
        for start, pcm in self.pieces:
            split = 2 * min(max(round((at - start) * RATE), 0), len(pcm) // 2)
            if split:
                kept.append((start, pcm[:split]))
            rest += pcm[split:]
        self.pieces = kept
        return rest


class Microphone(io.AudioInput):
    """The caller: silence, and speech where it is asked for."""

    def __init__(self) -> None:
        super().__init__(label="caller")
        self.track = Track()
        self.lag = 0.0
        """Seconds by which the latest piece of audio came late, at the worst."""
        self.ticked: Callable[[], None] = lambda: None
        self._waiting = b""
        self._spoken = asyncio.Event()
        self._listened_to = True
        self._closed = False
        self._next: float | None = None

    def on_attached(self) -> None:
        """Have the agent listen."""
        super().on_attached()
        self._listened_to = True

    def on_detached(self) -> None:
        """Go on speaking, unheard: the agent has closed its ears."""
        super().on_detached()
        self._listened_to = False

    async def speak(self, pcm: bytes) -> None:
        """Say `pcm` (16-bit mono at RATE), and return when its last sample has been sent."""
        if not self._closed:
            self._waiting = pcm
            self._spoken.clear()
            await self._spoken.wait()

    def close(self) -> None:
        """Say nothing more: the call is over, and nobody asks for audio."""
        self._closed = True
        self._waiting = b""
        self._spoken.set()

    @staticmethod
    def silence(seconds: float) -> bytes:
        """Return silence to say, so that what follows it comes that much later."""
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
    """One stretch of the agent's speech, as the caller heard it; times of `time.monotonic`."""

    started: float
    stopped: float
    spoken: float
    """How many seconds it would be if it were played to its end."""
    played: float
    """How many seconds of it were played; gaps between its sentences do not count."""

    @property
    def cut(self) -> bool:
        """Whether it was not heard to its end."""
        return self.played < self.spoken


class Speaker(io.AudioOutput):
    """Plays the agent's audio by the clock; held back, as in a room, while it is paused."""

    def __init__(self) -> None:
        super().__init__(
            label="loudspeaker",
            sample_rate=RATE,
            capabilities=io.AudioOutputCapabilities(pause=True),
        )
        self.track = Track()
        self.heard: list[Heard] = []
        self.hushed: list[float] = []
        """When it fell silent as the caller seemed to cut in; it may have gone on later."""
        self.ended: Callable[[Heard], None] = lambda _: None
        self._paused: float | None = None
        """Since when it has been paused, which outlasts the speech it was paused in."""
        self._begin()

    def _begin(self) -> None:
        self.started: float | None = None
        """When the present speech was first heard."""
        self.complete = False
        """Whether all of the present speech is known, so that `left` is how long it goes on."""
        self._pushed = 0.0
        self._ends = 0.0
        self._held = b""
        self._changed = asyncio.Event()
        self._cleared = False

    @property
    def playing(self) -> bool:
        """Whether the agent is being heard, or about to be."""
        return self.started is not None

    @property
    def undecided(self) -> bool:
        """Whether it is silent until it is known if the caller cuts in."""
        return self._paused is not None and self._pushed > 0

    @property
    def left(self) -> float:
        """For how many seconds what has come so far will still be played."""
        if self._paused is not None:
            return len(self._held) / 2 / RATE
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
            self._held += pcm
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
        """Learn that the present speech is complete."""
        super().flush()
        if self._pushed and not self.complete:
            self.complete = True
            self._playout = asyncio.create_task(self._play_out())

    def clear_buffer(self) -> None:
        """Stop the present speech."""
        if self._pushed:
            self._cleared = True
            self._changed.set()

    def pause(self) -> None:
        """Fall silent for as long as it is not known whether the caller cuts in."""
        super().pause()
        if self._paused is None:
            self._paused = time.monotonic()
            if self.started is not None:
                self._held = self.track.cut(self._paused)
                self.hushed.append(self._paused)
            self._changed.set()

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        super().resume()
        if self._paused is not None:
            self._paused = None
            if self._held:
                self._ends = time.monotonic()
                self._play(self._held)
            self._held = b""
            self._changed.set()

    async def _play_out(self) -> None:
        while not self._cleared and (self._paused is not None or self.left > 0):
            self._changed.clear()
            timeout = None if self._paused is not None else self.left
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), timeout)
        now = time.monotonic()
        if self._paused is not None:
            stopped, rest = self._paused, self._held
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
