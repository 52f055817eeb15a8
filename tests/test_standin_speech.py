"""The stand-in's text-to-speech, heard through LiveKit's own client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from livekit.agents import APIConnectOptions, APIError, inference
from support.clients import access, clients, speak, until, websocket
from support.speech import loudness, seconds, spoken

from voice_agent.standin import tts
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.piper_voice import Piper
from voice_agent.standin.testing.instruments import TestInstruments
from voice_agent.standin.testing.recording import Recorder

SENTENCE = "The drawer is opened in the morning."


@pytest.mark.parametrize("sample_rate", [8000, 24000, 48000])
async def test_speech_has_the_rate_and_length_asked_for(sample_rate: int) -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", sample_rate=sample_rate, **access(gateway.url))
        pcm, rate = await speak(client, SENTENCE)
        await client.aclose()
    assert rate == sample_rate
    assert seconds(pcm, rate) == pytest.approx(seconds(spoken(SENTENCE)), rel=0.25)
    assert loudness(pcm) > 500


async def test_a_sentence_is_heard_before_the_next_is_written() -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        async with client.stream() as stream:
            stream.push_text(f"{SENTENCE} In between, very little ")
            first = await anext(aiter(stream))
            stream.push_text("happens.")
            stream.end_input()
            rest = [event async for event in stream]
        await client.aclose()
    assert first.frame.duration > 0
    assert rest[-1].is_final


async def test_a_connection_serves_one_utterance_after_another() -> None:
    record = Recorder()
    async with Gateway(instruments=TestInstruments(recorder=record)) as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        first, _ = await speak(client, "One.")
        second, _ = await speak(client, "Two, and then some more.")
        await client.aclose()
    assert loudness(first) > 500
    assert seconds(second) > seconds(first)
    assert {entry["connection"] for entry in record.entries} == {1}
    kinds = [message["type"] for message in record.messages("tts")]
    assert kinds == ["session.create", *["input_transcript", "session.flush"] * 2]


async def test_a_voice_and_a_language_of_another_provider_are_accepted() -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS(
            "inworld/inworld-tts-1", voice="Ashley", language="de", **access(gateway.url)
        )
        pcm, _ = await speak(client, "Guten Tag.")
        await client.aclose()
    assert loudness(pcm) > 500


@pytest.mark.parametrize("text", ["…", "🙂 🙂", "<break time='1s'/>"])
async def test_text_without_a_word_is_silence_and_not_an_error(text: str) -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        pcm, rate = await speak(client, text)
        await client.aclose()
    assert 0 < seconds(pcm, rate) < 1
    assert loudness(pcm) == 0


async def test_a_pause_of_the_writer_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    send = web.WebSocketResponse.send_json

    async def noted(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        await send(socket, message)
        sent.append(message["type"])

    monkeypatch.setattr(web.WebSocketResponse, "send_json", noted)
    monkeypatch.setattr(tts, "_KEEPALIVE", 0.1)
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        impatient = APIConnectOptions(max_retry=0, timeout=0.3)
        async with client.stream(conn_options=impatient) as stream:
            stream.push_text(f"{SENTENCE} In between, ")
            await anext(aiter(stream))
            # Each 0.1 s after the last, and so for longer than the client has patience.
            await until(lambda: sent.count("output_alignment") > 4)
            stream.push_text("very little happens.")
            stream.end_input()
            events = [event async for event in stream]
        await client.aclose()
    assert events[-1].is_final


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts whose synthesis was begun."""
    texts: list[str] = []
    synthesize = Piper.synthesize

    def noted(engine: Piper, text: str, *more: Any) -> Iterator[Any]:
        texts.append(text)
        return synthesize(engine, text, *more)

    monkeypatch.setattr(Piper, "synthesize", noted)
    return texts


async def test_a_client_that_goes_away_cancels_its_speech(begun: list[str]) -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        async with client.stream() as stream:
            for number in range(20):
                stream.push_text(f"This is number {number} of the sentences. ")
            stream.end_input()
            await anext(aiter(stream))
        await speak(client, "Something else.")
        await client.aclose()
    assert begun[-1].strip() == "Something else."
    assert len(begun) < 15


async def test_what_was_said_before_is_not_made_again(begun: list[str]) -> None:
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        both = await asyncio.gather(speak(client, SENTENCE), speak(client, SENTENCE))
        again = await speak(client, SENTENCE)
        await client.aclose()
    assert begun == [SENTENCE]
    assert both[0] == both[1] == again
    assert again[0]


async def test_what_a_call_brings_is_made_before_it_begins(begun: list[str]) -> None:
    async with Gateway(warm=True) as gateway, clients():
        url = await gateway.register(KnownCall((f"{SENTENCE} Hello.",)))
        assert begun == [SENTENCE, "Hello."]
        client = inference.TTS("cartesia/sonic-3", **access(url))
        await speak(client, SENTENCE)
        await client.aclose()
    assert begun == [SENTENCE, "Hello."]


async def test_speech_that_cannot_be_made_is_an_error_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Iterator[bytes]:
        raise RuntimeError("no voice")

    monkeypatch.setattr(Piper, "synthesize", broken)
    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        with pytest.raises(APIError, match="Speech cannot be made"):
            await speak(client, SENTENCE)
        await client.aclose()


async def test_every_message_names_its_session_and_audio_comes_in_small_pieces() -> None:
    async with Gateway() as gateway, websocket(f"{gateway.url}/tts?model=a/b") as ws:
        await ws.send_json({"type": "session.create", "sample_rate": "24000"})
        await ws.send_json({"type": "input_transcript", "transcript": SENTENCE})
        await ws.send_json({"type": "session.flush"})
        messages = []
        async for message in ws:
            messages.append(json.loads(message.data))
            if messages[-1]["type"] == "done":
                break
    assert len({message["session_id"] for message in messages}) == 1
    assert messages[0]["type"] == "session.created"
    lengths = [len(base64.b64decode(m["audio"])) for m in messages if "audio" in m]
    assert max(lengths) <= 24000 * 2 * 0.1


async def test_a_sample_rate_that_is_none_is_refused() -> None:
    async with Gateway() as gateway, websocket(f"{gateway.url}/tts?model=a/b") as ws:
        await ws.send_json({"type": "session.create", "sample_rate": "quick"})
        assert (await ws.receive_json())["type"] == "error"
