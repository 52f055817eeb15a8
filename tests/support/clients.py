"""LiveKit's own clients, pointed at the stand-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, inference, utils
from livekit.agents.llm import ChatContext
from livekit.agents.stt import SpeechEvent, SpeechEventType

from .speech import spoken

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


def frames(pcm: bytes, sample_rate: int = 16000) -> Iterator[rtc.AudioFrame]:
    size = 2 * round(sample_rate * FRAME)
    for start in range(0, len(pcm), size):
        piece = pcm[start : start + size]
        yield rtc.AudioFrame(piece, sample_rate, 1, len(piece) // 2)


async def until(condition: Callable[[], bool], within: float = 15) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "This never came true."
        await asyncio.sleep(0.01)


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


async def use(url: str, service: str, options: APIConnectOptions) -> int:
    """Have LiveKit's client use a service; how much came back before it failed, if it did."""
    if service == "llm":
        return len(await ask(url, "Hello.", options=options))
    if service == "tts":
        tts = inference.TTS("cartesia/sonic-3", **access(url))
        try:
            async with tts.stream(conn_options=options) as stream:
                stream.push_text("The drawer is opened in the morning.")
                stream.end_input()
                return len([event async for event in stream])
        finally:
            await tts.aclose()
    stt = inference.STT("deepgram/nova-3-general", **access(url))
    try:
        async with stt.stream(conn_options=options) as stream:
            for frame in frames(spoken("What are your opening hours?") * 2):
                stream.push_frame(frame)
            async for _ in stream:
                return 1
        return 0
    finally:
        await stt.aclose()
