"""A recognizer in this process that hears what a test says, when the test says it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents import stt
from livekit.agents.language import LanguageCode
from livekit.agents.types import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
)
from livekit.agents.utils import AudioBuffer
from livekit.agents.voice.io import AudioInput

_RATE = 16000
_FRAME = 0.02  # seconds


class ScriptedSTT(stt.STT[str]):
    """Hears what is spoken to it."""

    def __init__(self) -> None:
        capabilities = stt.STTCapabilities(streaming=True, interim_results=False)
        super().__init__(capabilities=capabilities)
        self.heard: asyncio.Queue[tuple[str, asyncio.Event | None]] = asyncio.Queue()

    def speak(self, line: str, until: asyncio.Event | None = None) -> None:
        """Say a line as the caller, who does not stop before `until` is set."""
        self.heard.put_nowait((line, until))

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Return a stream that hears."""
        return _Stream(stt=self, conn_options=conn_options, sample_rate=_RATE)


class _Stream(stt.RecognizeStream):
    async def _run(self) -> None:
        recognizer = self._stt
        assert isinstance(recognizer, ScriptedSTT)
        while True:
            line, until = await recognizer.heard.get()
            self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.START_OF_SPEECH))
            if until:
                await until.wait()
            data = stt.SpeechData(language=LanguageCode("en"), text=line, confidence=1.0)
            final = stt.SpeechEventType.FINAL_TRANSCRIPT
            self._event_ch.send_nowait(stt.SpeechEvent(type=final, alternatives=[data]))
            self._event_ch.send_nowait(stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH))


class Silence(AudioInput):
    """A microphone that nobody speaks into."""

    def __init__(self) -> None:
        super().__init__(label="silence")
        self._frames = self._endless()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.__anext__()

    async def _endless(self) -> AsyncIterator[rtc.AudioFrame]:
        samples = int(_RATE * _FRAME)
        while True:
            await asyncio.sleep(_FRAME)
            yield rtc.AudioFrame(bytes(2 * samples), _RATE, 1, samples)
