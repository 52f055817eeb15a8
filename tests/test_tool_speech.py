"""What callers say aloud before, while and after a tool works, by way of LiveKit's own turns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.scripted_stt import ScriptedSTT
from support.tool_talk import Service, Talk, call, serving, talking

from voice_agent.runtime.tools import turns

METHODS = pytest.mark.parametrize("method", ["POST", "GET"])
PROFILES = pytest.mark.parametrize("may_cut", [True, False], ids=["interruptible", "firm"])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a caller who cuts in wait for a moment only."""
    monkeypatch.setattr(turns, "_PATIENCE", 0.1)
    monkeypatch.setattr(turns, "_SILENCE", 0.1)


def booking(service: Service, method: str, **keys: Any) -> dict[str, Any]:
    """Return a tool that books a table, and whose service answers when it may."""
    service.may_answer.clear()
    sends = {"method": method, "url": f"{service.url}/bookings"}
    parameters = {"people": {"type": "integer"}}
    return {"description": "Books a table.", "parameters": parameters, "http": sends, **keys}


async def booked_once(talk: Talk, service: Service) -> None:
    """Let the service answer, and wait until the agent has said so."""
    service.may_answer.set()
    await talk.until(lambda: "It is booked." in talk.said)
    assert '{"id": "B-17"}' in talk.told()
    assert len(service.requests) == 1


@METHODS
@PROFILES
async def test_a_caller_who_speaks_while_a_tool_works_is_answered(
    method: str, may_cut: bool
) -> None:
    ear = ScriptedSTT()
    replies = [["I book it.", call("book", people=4)], "I am here.", "It is booked."]
    async with serving() as service:
        tools = {"book": booking(service, method)}
        async with talking(tools, *replies, ear=ear, allow_interruptions=may_cut) as talk:
            ear.speak("A table for four")
            await talk.until(lambda: service.requests and "I book it." in talk.said)
            ear.speak("Are you there")
            await talk.until(lambda: "I am here." in talk.said)
            assert talk.said[2] == "Are you there"
            await booked_once(talk, service)


@METHODS
async def test_a_caller_who_speaks_into_the_sentence_before_a_tool_is_answered(method: str) -> None:
    ear = ScriptedSTT()
    speaking = asyncio.Event()
    replies = [["I book it.", call("book", people=4), speaking], "I am here.", "It is booked."]
    async with (
        serving() as service,
        talking({"book": booking(service, method)}, *replies, ear=ear) as talk,
    ):
        ear.speak("A table for four")
        await talk.until(lambda: service.requests)
        ear.speak("Are you there")
        await talk.until(lambda: "I am here." in talk.said)
        said = ["A table for four", "I book it.", "Are you there", "I am here."]
        assert talk.said == said
        await booked_once(talk, service)


@METHODS
async def test_a_caller_who_speaks_into_a_filler_is_answered(method: str) -> None:
    ear = ScriptedSTT()
    replies = [call("book", people=4), "I am here.", "It is booked."]
    async with serving() as service:
        tool = booking(service, method, filler={"say": "One moment.", "delay": 0.05})
        async with talking({"book": tool}, *replies, ear=ear) as talk:
            ear.speak("A table for four")
            await talk.until(lambda: "One moment." in talk.said)
            ear.speak("Are you there")
            await talk.until(lambda: "I am here." in talk.said)
            await booked_once(talk, service)


async def test_a_caller_may_cut_the_answer_after_a_tool_and_is_answered() -> None:
    ear = ScriptedSTT()
    speaking = asyncio.Event()
    replies = [call("book", people=4), ["It is booked.", speaking], "You are welcome."]
    async with serving() as service:
        tool = booking(service, "POST")
        service.may_answer.set()
        async with talking({"book": tool}, *replies, ear=ear) as talk:
            ear.speak("A table for four")
            await talk.until(lambda: len(talk.model.asked) == 2)
            await asyncio.sleep(0.1)
            ear.speak("Thank you")
            await talk.until(lambda: "You are welcome." in talk.said)
            assert talk.told() == ['{"id": "B-17"}']
            assert len(service.requests) == 1


async def test_a_caller_who_speaks_as_the_result_comes_is_heard_to_the_end() -> None:
    ear, stops = ScriptedSTT(), asyncio.Event()
    replies = [["I book it.", call("book", people=4)], "I am here.", "It is booked."]
    async with serving() as service:
        tools = {"book": booking(service, "POST")}
        async with talking(tools, *replies, ear=ear, allow_interruptions=False) as talk:
            ear.speak("A table for four")
            await talk.until(lambda: service.requests and "I book it." in talk.said)
            ear.speak("Are you there", stops)
            await talk.until(lambda: talk.session.user_state == "speaking")
            service.may_answer.set()
            await asyncio.wait_for(service.answered.wait(), 5)
            await asyncio.sleep(0.2)
            assert len(talk.model.asked) == 1
            stops.set()
            await booked_once(talk, service)
            assert talk.said[2:] == ["Are you there", "I am here.", "It is booked."]
