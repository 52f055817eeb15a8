"""The stand-in misbehaving as it is told, seen through LiveKit's own clients."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterable

import pytest
from livekit.agents import (
    APIConnectionError,
    APIConnectOptions,
    APIError,
    APIStatusError,
    APITimeoutError,
    inference,
)
from livekit.agents.llm import ChatContext
from support.clients import access, clients, use, websocket
from support.speech import spoken

from voice_agent.standin.gateway import Gateway
from voice_agent.standin.testing.faults import Fault, Faults
from voice_agent.standin.testing.instruments import TestInstruments

pytestmark = pytest.mark.usefixtures("fast_llm")

IMPATIENT = APIConnectOptions(max_retry=0, timeout=0.3)


def failing(*faults: str) -> Gateway:
    """Return a gateway whose services fail so."""
    return Gateway(instruments=TestInstruments(misbehave=list(map(Fault.parse, faults))))


@pytest.mark.parametrize("service", ["llm", "stt", "tts"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("503", APIStatusError), ("error", APIError), ("drop", APIError)],
)
async def test_a_fault_reaches_the_client_as_the_error_it_is(
    service: str, kind: str, error: type[APIError]
) -> None:
    async with failing(f"{service}={kind}") as gateway, clients():
        with pytest.raises(error) as caught:
            await use(gateway.url, service, IMPATIENT)
    if kind == "503":
        assert isinstance(caught.value, APIStatusError)
        assert caught.value.status_code == 503


@pytest.mark.parametrize("service", ["llm", "tts"])
async def test_a_hanging_service_is_a_timeout_for_the_client(service: str) -> None:
    async with failing(f"{service}=hang") as gateway, clients():
        with pytest.raises(APITimeoutError):
            await use(gateway.url, service, IMPATIENT)


async def test_a_hanging_recogniser_hears_nothing() -> None:
    audio = base64.b64encode(spoken("What are your opening hours?")).decode()
    async with (
        failing("stt=hang") as gateway,
        websocket(f"{gateway.url}/stt?model=a/b") as ws,
    ):
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": "16000"}})
        await ws.send_json({"type": "input_audio", "audio": audio})
        await ws.send_json({"type": "session.close"})
        kinds = [json.loads(message.data)["type"] async for message in ws]
    assert kinds == ["session.created", "session.closed"]


async def test_a_hanging_voice_says_nothing() -> None:
    async with (
        failing("tts=hang") as gateway,
        websocket(f"{gateway.url}/tts?model=a/b") as ws,
    ):
        await ws.send_json({"type": "session.create", "sample_rate": "24000"})
        assert (await ws.receive_json())["type"] == "session.created"
        await ws.send_json({"type": "input_transcript", "transcript": "Hello."})
        await ws.send_json({"type": "session.flush"})
        with pytest.raises(asyncio.TimeoutError):
            await ws.receive(timeout=0.3)


@pytest.mark.parametrize("service", ["llm", "tts"])
async def test_a_fault_that_strikes_once_is_overcome_by_the_client(service: str) -> None:
    patient = APIConnectOptions(max_retry=1, retry_interval=0.01, timeout=5.0)
    async with failing(f"{service}=500*1") as gateway, clients():
        assert await use(gateway.url, service, patient) > 0


async def test_faults_of_one_service_follow_each_other() -> None:
    faults = ("llm=429*1", "llm=500*1")
    statuses = []
    async with failing(*faults) as gateway, clients():
        for _ in faults:
            with pytest.raises(APIStatusError) as caught:
                await use(gateway.url, "llm", IMPATIENT)
            statuses.append(caught.value.status_code)
        assert await use(gateway.url, "llm", IMPATIENT) > 0
    assert statuses == [429, 500]


async def test_an_answer_that_breaks_off_is_begun() -> None:
    async with failing("llm=drop") as gateway, clients():
        llm = inference.LLM("openai/gpt-4.1-mini", **access(gateway.url))
        conversation = ChatContext.empty()
        conversation.add_message(role="user", content="Hello.")
        async with llm.chat(chat_ctx=conversation, conn_options=IMPATIENT) as stream:
            first = await anext(stream)
            with pytest.raises(APIConnectionError):
                await _rest(stream)
        await llm.aclose()
    assert first.delta is not None


async def _rest(stream: AsyncIterable[object]) -> list[object]:
    return [item async for item in stream]


@pytest.mark.parametrize("text", ["llm", "llm=", "web=500", "llm=200", "llm=drop*0", "llm=boom"])
def test_a_fault_that_is_none_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not SERVICE\[:MODEL\]=KIND\[\*TIMES\]"):
        Fault.parse(text)


def test_a_fault_strikes_as_often_as_it_says() -> None:
    faults = Faults([Fault.parse("llm=500*2"), Fault.parse("tts=drop")])
    assert [faults.refusal("llm") for _ in range(3)] == ["500", "500", None]
    assert [faults.kind("tts") for _ in range(3)] == ["drop"] * 3


def test_a_fault_strikes_at_its_own_moment() -> None:
    faults = Faults([Fault.parse("llm=error*1")])
    assert faults.refusal("llm") is None
    assert [faults.kind("llm") for _ in range(2)] == ["error", None]


def test_a_fault_of_one_model_leaves_the_others_alone() -> None:
    faults = Faults([Fault.parse("llm:openai/gpt-4.1=429"), Fault.parse("llm:a/b=drop")])
    assert faults.refusal("llm", "openai/gpt-4.1") == "429"
    assert faults.refusal("llm", "openai/gpt-4.1-mini") is None
    assert faults.kind("llm", "a/b") == "drop"


def test_a_model_behind_the_gateway_fails_once_the_gateway_has_answered() -> None:
    faults = Faults([Fault.parse("tts:a/b=429"), Fault.parse("tts:c/d=refuse")])
    assert (faults.refusal("tts", "a/b"), faults.kind("tts", "a/b")) == (None, "429")
    assert faults.refusal("tts", "c/d") == "refuse"
