"""Tools of an agent whose realtime model is the stand-in's, by LiveKit's own client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit.agents import inference
from support.clients import access, clients
from support.tool_talk import Service, Talk, serving, talking

from voice_agent.runtime.tools import turns
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

pytestmark = pytest.mark.usefixtures("fast_llm")

FOUR = {"call": "book", "with": {"people": 4}}


@asynccontextmanager
async def realtime(tool: dict[str, Any], *replies: Any, **more: Any) -> AsyncIterator[Talk]:
    """Talk in writing with an agent that has a tool to book a table."""
    async with Gateway() as gateway, clients():
        keys = access(await gateway.register(KnownCall(replies)))
        model = inference.RealtimeModel("openai/gpt-realtime", modalities=["text"], **keys)
        more = {"llm": "openai/gpt-realtime", **more}
        async with talking({"book": tool}, realtime=model, **more) as talk:
            yield talk
        await model.aclose()


def booking(service: Service, **keys: Any) -> dict[str, Any]:
    """Return a tool that books a table."""
    sends = {"method": "POST", "url": f"{service.url}/bookings"}
    parameters = {"people": {"type": "integer"}}
    return {"description": "Books a table.", "parameters": parameters, "http": sends, **keys}


def told(talk: Talk) -> list[str]:
    """Return what the model was told of its calls."""
    items = talk.session.history.items
    return [each.output for each in items if each.type == "function_call_output"]


async def test_a_realtime_model_calls_a_tool_and_says_what_came_of_it() -> None:
    async with serving() as service, realtime(booking(service), FOUR, "It is booked.") as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "It is booked." in talk.said)
        assert service.requests == [("POST", "/bookings", {"people": 4})]
        assert told(talk) == ['{"id": "B-17"}']


async def test_a_realtime_model_is_told_of_wrong_arguments_and_of_failures() -> None:
    wrong = {"call": "book", "with": {"people": "four"}}
    async with serving((409, {})) as service:
        tool = booking(service, on_error={"409": "That time is gone."})
        async with realtime(tool, wrong, FOUR, "It is gone.") as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "It is gone." in talk.said)
            assert len(service.requests) == 1
            assert "people: 'four' is not of type 'integer'." in told(talk)[0]
            assert told(talk)[1] == "That time is gone."


async def test_what_is_typed_while_a_tool_of_a_realtime_model_works_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0.1)
    async with serving() as service:
        service.may_answer.clear()
        async with realtime(booking(service), FOUR, "I am here.", "It is booked.") as talk:
            await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            await talk.begin("Are you there?")
            await talk.until(lambda: "I am here." in talk.said)
            service.may_answer.set()
            await talk.until(lambda: "It is booked." in talk.said)
            assert told(talk)[-1] == '{"id": "B-17"}'
            assert len(service.requests) == 1


async def test_a_realtime_model_asks_the_caller_before_a_tool_that_wants_confirmation() -> None:
    async with serving() as service:
        tool = booking(service, confirm=True)
        async with realtime(tool, FOUR, "For four?", FOUR, "It is booked.") as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "For four?" in talk.said)
            assert service.requests == []
            await talk.begin("Yes.")
            await talk.until(lambda: "It is booked." in talk.said)
            assert len(service.requests) == 1


async def test_a_realtime_model_collects_for_an_agent_and_for_a_tool() -> None:
    guests = {"type": "integer", "description": "How many."}
    agents = {"desk": {"collect": {"mail": {"task": "email"}}}}
    update = {"call": "update_email_address", "with": {"email": "ada@example.com"}}
    count = {"call": "update_guests", "with": {"value": 4}}
    replies = ["Your email?", update, "What else?", FOUR, "How many?", count, "It is booked."]
    async with serving() as service:
        tool = booking(service, collect={"guests": guests})
        async with realtime(tool, *replies, agents=agents) as talk:
            await talk.until(lambda: "Your email?" in talk.said)
            await talk.begin("Ada at example dot com.")
            await talk.until(lambda: "What else?" in talk.said)
            await talk.begin("A table.")
            await talk.until(lambda: "How many?" in talk.said)
            assert service.requests == []
            await talk.begin("Four.")
            await talk.until(lambda: "It is booked." in talk.said)
            assert len(service.requests) == 1
            assert talk.state.values.get("mail") == "ada@example.com"
            assert talk.state.values.get("guests") == 4
