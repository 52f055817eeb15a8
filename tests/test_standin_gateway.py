"""The stand-in as a server: who may ask, what it keeps, and that nobody waits for another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from livekit.agents import inference
from support.clients import BEARER, access, ask, clients, speak, transcribe, websocket
from support.speech import silence, spoken

from voice_agent.standin.exchange import first_of, open_websocket
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.testing.instruments import TestInstruments
from voice_agent.standin.testing.recording import Recorder

pytestmark = pytest.mark.usefixtures("fast_llm")


@pytest.mark.parametrize("path", ["models", "stt?model=a/b", "tts?model=a/b"])
async def test_a_request_without_a_token_is_refused(path: str) -> None:
    async with (
        Gateway() as gateway,
        aiohttp.ClientSession() as http,
        http.get(f"{gateway.url}/{path}") as response,
    ):
        assert response.status == 401


@pytest.mark.parametrize("path", ["turn-detector", "", "chat/completions"])
async def test_a_service_that_is_not_there_is_not_found(path: str) -> None:
    async with (
        Gateway() as gateway,
        aiohttp.ClientSession(headers=BEARER) as http,
        http.get(f"{gateway.url}/{path}") as response,
    ):
        assert response.status == 404


async def test_it_answers_on_the_loopback_interface_only() -> None:
    async with Gateway() as gateway:
        [(host, port)] = gateway._runner.addresses
        assert host == "127.0.0.1"
        assert gateway.url == f"http://127.0.0.1:{port}/v1"


async def test_nobody_waits_while_another_speaks_or_listens() -> None:
    speech = b"".join(spoken("Could you repeat that more slowly?") + silence(1) for _ in range(2))
    answered: list[float] = []

    async def ping(url: str) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(headers=BEARER) as http:
            while True:
                begun = loop.time()
                async with http.get(f"{url}/models") as response:
                    await response.read()
                answered.append(loop.time() - begun)
                await asyncio.sleep(0.01)

    async with Gateway() as gateway, clients():
        client = inference.TTS("cartesia/sonic-3", **access(gateway.url))
        pings = asyncio.create_task(ping(gateway.url))
        await asyncio.gather(
            speak(client, "Some of them are silver, and all of them hold paper."),
            transcribe(gateway.url, speech, finals=2),
            ask(gateway.url, "Hello."),
        )
        pings.cancel()
        await client.aclose()
    assert len(answered) > 50
    # This process is also the client, which decodes the audio; most pings take 2 ms.
    assert sorted(answered)[len(answered) // 2] < 0.05


async def test_everything_sent_is_kept_but_no_token_and_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    with Recorder(path) as record:
        async with Gateway(instruments=TestInstruments(recorder=record)) as gateway, clients():
            tts = inference.TTS("cartesia/sonic-3:joe", **access(gateway.url))
            await speak(tts, "Hello.")
            await tts.aclose()
            await ask(gateway.url, "Hello.")
            await transcribe(gateway.url, spoken("Hello.") + silence(1))
        assert [json.loads(line) for line in path.read_text().splitlines()] == record.entries
    kept = path.read_text()
    assert "Bearer" not in kept
    assert "authorization" not in kept.lower()

    services = [entry["service"] for entry in record.entries]
    assert services[0] == "tts"
    assert set(services) == {"tts", "llm", "stt"}
    opened = record.entries[0]
    assert (opened["method"], opened["path"]) == ("GET", "/v1/tts?model=cartesia/sonic-3")
    assert opened["headers"]["user-agent"].startswith("LiveKit Agents/")
    assert opened["message"] is None

    assert [m["type"] for m in record.messages("tts")] == [
        "session.create",
        "input_transcript",
        "session.flush",
    ]
    (asked,) = record.messages("llm")
    assert asked["messages"] == [{"role": "user", "content": "Hello."}]
    created, *heard = record.messages("stt")
    assert created["settings"]["sample_rate"] == "16000"
    assert heard[0] == {"type": "input_audio", "audio": {"ms": 50.0}}


async def test_a_worker_s_token_is_not_kept() -> None:
    record = Recorder()
    headers = {**BEARER, "X-LiveKit-Worker-Token": "secret", "X-LiveKit-Job-ID": "job"}
    async with (
        Gateway(instruments=TestInstruments(recorder=record)) as gateway,
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{gateway.url}/turn-detector") as response,
    ):
        await response.read()
    (entry,) = record.entries
    assert entry["service"] == "other"
    assert entry["headers"]["x-livekit-job-id"] == "job"
    assert "secret" not in json.dumps(entry)


async def test_every_error_of_a_service_is_logged_and_its_client_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise LookupError("no such voice")

    async def fail_in_turn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("nothing to close")

    told: list[str] = []

    async def tell() -> None:
        told.append("Speech cannot be made.")

    await first_of(fail(), fail_in_turn(), failed=tell)
    errors = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert sorted(errors) == ["no such voice", "nothing to close"]
    assert len(told) == 1


async def test_a_client_that_hangs_up_at_once_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = asyncio.Event()

    async def hang_up_first(request: web.Request) -> web.WebSocketResponse:
        asked.set()
        assert request.transport
        request.transport.abort()
        return await open_websocket(request)

    monkeypatch.setattr("voice_agent.standin.stt.open_websocket", hang_up_first)
    async with Gateway() as gateway:
        with pytest.raises(aiohttp.ClientError):
            async with websocket(f"{gateway.url}/stt?model=a/b"):
                pass
        await asked.wait()
    assert [record.getMessage() for record in caplog.records] == []
