"""Handoffs between agents whose realtime model is the stand-in's, by LiveKit's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit.agents import inference
from support.clients import access, clients
from support.tool_talk import Talk, talking

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

pytestmark = pytest.mark.usefixtures("fast_llm")

PEOPLE = {"people": {"type": "integer", "maximum": 12, "description": "How many."}}
AGENTS: dict[str, Any] = {
    "reception": {
        "instructions": "Find out what the caller wants.",
        "handoffs": {"booking": {"when": "The caller wants a table.", "with": PEOPLE}},
    },
    "booking": {
        "instructions": "Book a table for {{ people }} people.",
        "handoffs": {"back": {"when": "The caller wants something else."}},
    },
}
TO_BOOKING = {"call": "handoff_to_booking", "with": {"people": 4}}
BACK = {"call": "handoff_back"}


@asynccontextmanager
async def realtime(*replies: Any, agents: dict[str, Any] = AGENTS) -> AsyncIterator[Talk]:
    """Talk in writing with these agents."""
    async with Gateway() as gateway, clients():
        keys = access(await gateway.register(KnownCall(replies)))
        model = inference.RealtimeModel("openai/gpt-realtime", modalities=["text"], **keys)
        async with talking(None, realtime=model, agents=agents, llm="openai/gpt-realtime") as talk:
            yield talk
        await model.aclose()


def holders(talk: Talk) -> list[str]:
    """Return the agents that have held the call."""
    return [event.tool for event in talk.events if event.name == "agent_entered"]


async def test_a_realtime_model_hands_over_and_comes_back() -> None:
    async with realtime(TO_BOOKING, "For when?", BACK, "What else?") as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: "For when?" in talk.said)
        assert holders(talk) == ["reception", "booking"]
        assert talk.said == ["A table for four.", "For when?"]
        assert talk.state.values.get("people") == 4
        await talk.begin("Rather something else.")
        await talk.until(lambda: "What else?" in talk.said)
        assert holders(talk) == ["reception", "booking", "reception"]


async def test_a_realtime_model_is_told_of_wrong_values_and_nothing_happens() -> None:
    wrong = {"call": "handoff_to_booking", "with": {"people": 40}}
    async with realtime(wrong, "How many?") as talk:
        await talk.begin("A table for forty.")
        await talk.until(lambda: "How many?" in talk.said)
        assert holders(talk) == ["reception"]


async def test_what_is_typed_while_a_realtime_model_hands_over_is_answered_by_the_next() -> None:
    async with realtime(TO_BOOKING, "For when?", "On Friday, then.") as talk:
        await talk.begin("A table for four.")
        await talk.until(lambda: talk.state.agent == "booking")
        await talk.begin("On Friday.")
        await talk.until(lambda: "On Friday." in talk.said)
        await talk.until(lambda: talk.said[-1] != "On Friday.")
        assert holders(talk) == ["reception", "booking"]
