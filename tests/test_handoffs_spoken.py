"""Handoffs that callers speak into, and those of realtime models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from livekit.agents import inference
from support.clients import access, clients
from support.scripted_stt import ScriptedSTT
from support.tool_talk import Talk, call, serving, talking

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

AGENTS: dict[str, Any] = {
    "reception": {
        "instructions": "Find out what the caller wants.",
        "tools": [],
        "handoffs": {"booking": {"when": "The caller wants a table."}},
    },
    "booking": {
        "instructions": "Book a table.",
        "handoffs": {"back": {"when": "The caller wants something else."}},
    },
}
TO_BOOKING = call("handoff_to_booking")


def entered(talk: Talk) -> list[str]:
    """Return the agents that have held the call."""
    return [event.tool for event in talk.events if event.name == "agent_entered"]


@pytest.mark.parametrize("may_cut", [True, False], ids=["may-cut", "may-not"])
async def test_what_a_caller_says_during_the_change_is_the_next_agents_to_answer(
    may_cut: bool,
) -> None:
    ear, speaking = ScriptedSTT(), asyncio.Event()
    replies = [["Sure.", TO_BOOKING, speaking], "For Friday, then.", "Yes."]
    async with talking(None, *replies, ear=ear, agents=AGENTS, allow_interruptions=may_cut) as talk:
        ear.speak("A table for four")
        await talk.until(lambda: talk.state.agent == "booking")
        heard: list[str] = []
        talk.session.on("user_input_transcribed", lambda event: heard.append(event.transcript))
        ear.speak("On Friday please")
        if may_cut:  # What is said into speech that may not be cut is heard once that has ended.
            await talk.until(lambda: heard)
        speaking.set()
        await talk.until(lambda: "On Friday please" in str(talk.model.asked[-1]))
        assert entered(talk) == ["reception", "booking"]
        assert "Book a table." in str(talk.model.asked[-1])


async def test_a_caller_who_cuts_the_sentence_at_a_handoff_does_not_undo_it() -> None:
    ear, speaking = ScriptedSTT(), asyncio.Event()
    agents = {
        **AGENTS,
        "booking": {**AGENTS["booking"], "on_enter": {"instructions": "Ask for the day."}},
    }
    replies = [[TO_BOOKING], ["For when would you", speaking], "On Friday, then."]
    async with talking(None, *replies, ear=ear, agents=agents) as talk:
        ear.speak("A table for four")
        await talk.until(lambda: "booking" in entered(talk))
        await talk.until(lambda: len(talk.model.asked) == 2)
        ear.speak("On Friday please")
        await talk.until(lambda: "On Friday, then." in talk.said)
        assert entered(talk) == ["reception", "booking"]
        assert "On Friday please" in str(talk.model.asked[-1])


async def test_a_tool_that_is_at_work_during_a_handoff_has_its_result_told() -> None:
    async with serving() as service:
        service.may_answer.clear()
        tools = {"book": {"description": "Books.", "http": f"POST {service.url}/bookings"}}
        agents = {**AGENTS, "reception": {**AGENTS["reception"], "tools": ["book"]}}
        replies = [[call("book"), TO_BOOKING], "It is booked. For when?"]
        async with talking(tools, *replies, agents=agents) as talk:
            await talk.begin("A table for four.")
            await asyncio.wait_for(service.asked.wait(), 5)
            service.may_answer.set()
            await talk.until(lambda: "It is booked. For when?" in talk.said)
            assert entered(talk) == ["reception", "booking"]
            assert '{"id": "B-17"}' in talk.told()
            assert len(service.requests) == 1


@pytest.mark.usefixtures("fast_llm")
async def test_realtime_agents_hand_over() -> None:
    replies = ({"call": "handoff_to_booking", "with": {}}, "For when?", "On Friday, then.")
    async with Gateway() as gateway, clients():
        keys = access(await gateway.register(KnownCall(replies)))
        model = inference.RealtimeModel("openai/gpt-realtime", modalities=["text"], **keys)
        async with talking(None, realtime=model, llm="openai/gpt-realtime", agents=AGENTS) as talk:
            await talk.begin("A table for four.")
            await talk.until(lambda: "For when?" in talk.said)
            await talk.begin("On Friday.")
            await talk.until(lambda: "On Friday, then." in talk.said)
            assert entered(talk) == ["reception", "booking"]
        await model.aclose()
