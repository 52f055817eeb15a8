"""LiveKit's own clients, pointed at the stand-in, and real speech to send to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache

import aiohttp
import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, inference, utils
from livekit.agents.llm import ChatContext
from livekit.agents.stt import SpeechEvent, SpeechEventType

from voice_agent.standin import speech

ONCE = APIConnectOptions(max_retry=0, timeout=10.0)
BEARER = {"Authorization": "Bearer nobody-looks-at-this"}
FRAME = 0.05  # seconds


def access(url: str) -> dict[str, str]:
    return {"base_url": url, "api_key": "key", "api_secret": "a secret that is long enough to sign"}


@asynccontextmanager
async def clients() -> AsyncIterator[None]:
    """What LiveKit's clients need around them outside a job."""
    async with utils.http_context.open():
        yield


@asynccontextmanager
async def websocket(url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession(headers=BEARER) as http, http.ws_connect(url) as ws:
        yield ws


@cache
def spoken(text: str, sample_rate: int = 16000) -> bytes:
    """Real speech as PCM."""
    return b"".join(speech.Voice()._pieces(text, sample_rate))


def silence(seconds: float, sample_rate: int = 16000) -> bytes:
    return bytes(2 * round(seconds * sample_rate))


def seconds(pcm: bytes, sample_rate: int = 16000) -> float:
    return len(pcm) / 2 / sample_rate


def loudness(pcm: bytes) -> float:
    """Root mean square of 16-bit samples."""
    return float(np.sqrt(np.mean(np.frombuffer(pcm, np.int16).astype(np.float64) ** 2)))


def frames(pcm: bytes, sample_rate: int = 16000) -> Iterator[rtc.AudioFrame]:
    size = 2 * round(sample_rate * FRAME)
    for start in range(0, len(pcm), size):
        piece = pcm[start : start + size]
        yield rtc.AudioFrame(piece, sample_rate, 1, len(piece) // 2)


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", "", text.lower()).split()


def word_errors(said: str, heard: str) -> int:
    """How many words were inserted, left out or replaced."""
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


async def speak(tts: inference.TTS, *sentences: str) -> tuple[bytes, int]:
    """Have LiveKit's client synthesise; PCM and its rate."""
    async with tts.stream(conn_options=ONCE) as stream:
        for sentence in sentences:
            stream.push_text(sentence)
        stream.end_input()
        pcm, rate = b"", 0
        async for event in stream:
            pcm += bytes(event.frame.data)
            rate = event.frame.sample_rate
    return pcm, rate


async def transcribe(
    url: str, pcm: bytes, *, sample_rate: int = 16000, finals: int = 1
) -> list[SpeechEvent]:
    """Have LiveKit's client listen, faster than life, until it has heard `finals` utterances."""
    stt = inference.STT("deepgram/nova-3-general", sample_rate=sample_rate, **access(url))
    events: list[SpeechEvent] = []
    async with stt.stream(conn_options=ONCE) as stream:
        for frame in frames(pcm, sample_rate):
            stream.push_frame(frame)
        async for event in stream:
            events.append(event)
            finals -= event.type is SpeechEventType.END_OF_SPEECH
            if finals == 0:
                break
    await stt.aclose()
    return events


def texts(events: list[SpeechEvent], kind: SpeechEventType) -> list[str]:
    return [event.alternatives[0].text for event in events if event.type is kind]


async def ask(url: str, *said: str, options: APIConnectOptions = ONCE) -> list[str]:
    """Have LiveKit's client ask the LLM; the pieces of its answer."""
    llm = inference.LLM("openai/gpt-4.1-mini", **access(url))
    conversation = ChatContext.empty()
    for text in said:
        conversation.add_message(role="user", content=text)
    pieces = []
    try:
        async with llm.chat(chat_ctx=conversation, conn_options=options) as stream:
            async for chunk in stream:
                if chunk.delta and chunk.delta.content:
                    pieces.append(chunk.delta.content)
    finally:
        await llm.aclose()
    return pieces
