"""A telephone line for tests: a caller who speaks, and ears for what the agent says.

Both sides run in real time. The agent's audio is played by a clock, as a sound card would play
it, so that interruptions, pauses and the end of playout come when a caller would hear them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice import io

from voice_agent.standin.speech import Voice

RATE = 24000
FRAME = 0.02  # seconds


async def speech(text: str) -> bytes:
    """Return `text` as Piper speaks it, for a `Microphone`."""
    voice = Voice()
    try:
        return b"".join([piece async for piece in voice.speak(text, RATE)])
    finally:
        voice.close()


class Microphone(io.AudioInput):
    """The caller: silence, and speech where it is asked for."""

    def __init__(self) -> None:
        super().__init__(label="caller")
        self._waiting = b""
        self._quiet = asyncio.Event()
        self._next: float | None = None

    @staticmethod
    def silence(seconds: float) -> bytes:
        """Return silence to say, so that what follows it comes that much later."""
        return bytes(2 * round(RATE * seconds))

    async def speak(self, pcm: bytes) -> None:
        """Say `pcm` (16-bit mono at RATE), and return when its last sample has been sent."""
        self._waiting = pcm
        self._quiet.clear()
        await self._quiet.wait()

    async def __anext__(self) -> rtc.AudioFrame:
        now = time.monotonic()
        self._next = now if self._next is None else self._next + FRAME
        if self._next > now:
            await asyncio.sleep(self._next - now)
        size = int(RATE * FRAME) * 2
        piece, self._waiting = self._waiting[:size], self._waiting[size:]
        if not self._waiting:
            self._quiet.set()
        return rtc.AudioFrame(piece.ljust(size, b"\0"), RATE, 1, size // 2)


@dataclass(frozen=True)
class Heard:
    """One stretch of the agent's speech, as the caller heard it; times in seconds."""

    started: float
    stopped: float
    spoken: float
    """How long it would be if it were played to its end."""
    played: float
    """How much of it was played; gaps between its sentences do not count."""

    @property
    def cut(self) -> bool:
        return self.played < self.spoken


class Speaker(io.AudioOutput):
    """Plays the agent's audio by the clock."""

    def __init__(self) -> None:
        super().__init__(
            label="loudspeaker",
            sample_rate=RATE,
            capabilities=io.AudioOutputCapabilities(pause=True),
        )
        self.heard: list[Heard] = []
        self._begin()

    @property
    def playing(self) -> bool:
        """Whether the agent is being heard, or about to be."""
        return self.started is not None

    def _begin(self) -> None:
        self.started: float | None = None
        self._pushed = 0.0
        self._ends = 0.0
        self._left: float | None = None  # seconds still to play, while paused
        self._changed = asyncio.Event()
        self._cleared = False

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        now = time.monotonic()
        if self.started is None:
            self.started = self._ends = now
            self.on_playback_started(created_at=time.time())
        self._pushed += frame.duration
        if self._left is not None:
            self._left += frame.duration
        else:
            self._ends = max(self._ends, now) + frame.duration

    def flush(self) -> None:
        super().flush()
        if self.started is not None:
            self._playout = asyncio.create_task(self._play_out())

    def clear_buffer(self) -> None:
        if self.started is not None:
            self._cleared = True
            self._changed.set()

    def pause(self) -> None:
        super().pause()
        if self._left is None:
            self._left = max(0.0, self._ends - time.monotonic())
            self._changed.set()

    def resume(self) -> None:
        super().resume()
        if self._left is not None:
            self._ends = time.monotonic() + self._left
            self._left = None
            self._changed.set()

    async def _play_out(self) -> None:
        while not self._cleared:
            left = None if self._left is not None else self._ends - time.monotonic()
            if left is not None and left <= 0:
                break
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                continue
        assert self.started is not None
        stopped = time.monotonic()
        unplayed = max(0.0, self._ends - stopped if self._left is None else self._left)
        heard = Heard(self.started, stopped, self._pushed, self._pushed - unplayed)
        self.heard.append(heard)
        self._begin()
        self.on_playback_finished(playback_position=heard.played, interrupted=heard.cut)


class Call:
    """A call between a caller and an agent, whose session is real in every part but the line."""

    def __init__(self, session: AgentSession[None], room_id: str) -> None:
        self.session = session
        self.room_id = room_id
        """What the stand-in's record knows this call by."""
        self.microphone = Microphone()
        self.speaker = Speaker()
        self._events: asyncio.Queue[None] = asyncio.Queue()
        for event in ("playback_started", "playback_finished"):
            self.speaker.on(event, lambda _: self._events.put_nowait(None))

    async def until(self, happened: Callable[[], bool], within: float = 120.0) -> None:
        """Wait until `happened()`, looking whenever the agent starts or stops being heard."""

        async def wait() -> None:
            while not happened():
                await self._events.get()

        await asyncio.wait_for(wait(), within)

    @property
    def heard(self) -> list[Heard]:
        return self.speaker.heard


@asynccontextmanager
async def calling(
    agent: Agent, make_session: Callable[[], AgentSession[None]]
) -> AsyncIterator[Call]:
    """Call `agent` for as long as the block lasts."""
    async with http_context.open():
        with fake_job_context() as context:
            call = Call(make_session(), context.job.room.sid)
            call.session.input.audio = call.microphone
            call.session.output.audio = call.speaker
            await call.session.start(agent)
            try:
                yield call
            finally:
                session = call.session
                models = [model for model in (session.stt, session.llm, session.tts) if model]
                await session.aclose()
                for model in models:
                    await model.aclose()
