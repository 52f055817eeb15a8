"""Agents with models and turns of their own, and what each knows of the talk before it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from support.profiles import make_profile
from support.scripted_llm import ScriptedLLM
from support.scripted_stt import ScriptedSTT
from support.tool_talk import call, talking

from voice_agent.runtime import build
from voice_agent.runtime.agents import context
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.session import CutOff

TO_BOOKING = call("handoff_to_booking")
RECEPTION: dict[str, Any] = {
    "instructions": "Find out what the caller wants.",
    "handoffs": {"booking": {"when": "The caller wants a table."}},
}
BOOKING: dict[str, Any] = {
    "instructions": "Book a table.",
    "handoffs": {"back": {"when": "The caller wants something else."}},
}


class Closing(ScriptedLLM):
    """A language model that keeps whether it was closed."""

    def __init__(self, *replies: Any) -> None:
        super().__init__(*replies)
        self.closed = 0

    async def aclose(self) -> None:
        """Close it."""
        self.closed += 1
        await super().aclose()


async def test_an_agent_thinks_with_a_model_of_its_own_until_it_hands_over() -> None:
    own = Closing("For when?", [call("handoff_back")], "When, then?")
    agents = {"reception": RECEPTION, "booking": {**BOOKING, "llm": "openai/own"}}
    replies = [[TO_BOOKING], "What else?", [TO_BOOKING]]
    async with talking(None, *replies, agents=agents, others={"openai/own": own}) as talk:
        await talk.begin("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        await talk.begin("Rather not.")
        await talk.until(lambda: "What else?" in talk.said)
        await talk.begin("A table after all.")
        await talk.until(lambda: "When, then?" in talk.said)
        assert own.closed == 0
        session = talk.session
    await build.models.close(session)
    assert own.closed == 1


async def test_models_of_an_agent_that_never_held_are_closed_too() -> None:
    own = Closing()
    agents = {"reception": RECEPTION, "booking": {**BOOKING, "llm": "openai/own"}}
    async with talking(None, "Hello.", agents=agents, others={"openai/own": own}) as talk:
        await talk.say("Hello.")
    await build.models.close(talk.session)
    assert own.closed == 1


async def test_an_agent_whose_model_lacks_its_key_is_refused_before_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LIVEKIT_API_KEY", "LIVEKIT_INFERENCE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    plugged = {"plugin": "openai", "model": "gpt-4.1", "api_key": "k"}
    profile = make_profile(
        agents={"reception": RECEPTION, "booking": {**BOOKING, "llm": "openai/gpt-4.1"}},
        llm=plugged,
    )
    profile = replace(profile, stt=None, tts=None)
    with pytest.raises(ValueError, match="api_key"):
        build.build_session(profile, call=CallState(profile))


@pytest.mark.parametrize("everyone", [True, False])
async def test_an_agent_may_be_cut_or_not_whatever_the_others_may(everyone: bool) -> None:
    booking = {**BOOKING, "allow_interruptions": not everyone}
    agents = {"reception": RECEPTION, "booking": booking}
    going_on = asyncio.Event()
    replies = [[TO_BOOKING], ["For when?", going_on]]
    keys = {"agents": agents, "allow_interruptions": everyone}
    async with talking(None, *replies, **keys) as talk:
        await talk.begin("A table.")
        await talk.until(lambda: len(talk.model.asked) == 2)
        await talk.until(lambda: talk.session.current_speech)
        expected = CutOff.NOT_ALLOWED if everyone else CutOff.DONE
        assert talk.session.cut_off() is expected
        going_on.set()


async def test_an_agent_takes_turns_as_it_says_and_the_others_as_the_profile_does() -> None:
    ear = ScriptedSTT()
    booking = {**BOOKING, "turn_handling": {"turn_detection": "manual"}}
    agents = {"reception": RECEPTION, "booking": booking}
    replies = [[TO_BOOKING], "For when?", "On Friday, then."]
    async with talking(None, *replies, ear=ear, agents=agents) as talk:
        ear.speak("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        heard: asyncio.Queue[Any] = asyncio.Queue()
        talk.session.on("user_input_transcribed", heard.put_nowait)
        for line in ("On Friday.", "At eight."):
            ear.speak(line)
            await asyncio.wait_for(heard.get(), 5)
        talk.session.commit_user_turn(stt_flush_duration=0, transcript_timeout=0.1)
        await talk.until(lambda: "On Friday, then." in talk.said)
        users = [each["content"] for each in talk.model.asked[-1] if each["role"] == "user"]
        assert users == ["A table.", "On Friday. At eight."]


async def test_what_is_spoken_during_the_change_is_answered_by_the_next_agent() -> None:
    ear = ScriptedSTT()
    speaking = asyncio.Event()
    agents = {"reception": RECEPTION, "booking": BOOKING}
    replies = [["Sure.", TO_BOOKING, speaking], "On Friday, then."]
    async with talking(None, *replies, ear=ear, agents=agents) as talk:
        ear.speak("A table.")
        await talk.until(lambda: talk.state.agent == "booking")
        ear.speak("On Friday.")
        await talk.until(lambda: "On Friday, then." in talk.said)
        assert "Book a table." in str(talk.model.asked[-1][0]["content"])
        users = [each["content"] for each in talk.model.asked[-1] if each["role"] == "user"]
        assert users == ["A table.", "On Friday."]


@pytest.mark.parametrize(
    ("last", "known"),
    [(1, ["A table."]), (2, ["Yes?", "A table."]), (9, ["Hello.", "Yes?", "A table."])],
)
async def test_the_last_messages_are_counted_without_the_handoff(
    last: int, known: list[str]
) -> None:
    agents = {"reception": RECEPTION, "booking": {**BOOKING, "chat_ctx": {"last": last}}}
    async with talking(None, "Yes?", [TO_BOOKING], "For when?", agents=agents) as talk:
        await talk.say("Hello.")
        await talk.begin("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        asked = talk.model.asked[-1]
        said = [e["content"] for e in asked if e["role"] != "system" and e.get("content")]
        assert [each for each in said if "handed over" not in each] == known


@pytest.mark.parametrize("summary", [[asyncio.Event()], [], ""], ids=["late", "failed", "empty"])
async def test_an_agent_without_its_summary_knows_all_that_was_said(
    summary: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(context, "_LONGEST_SUMMARY", 0.1)
    handoff = {"when": "A table.", "say": "I will take your booking."}
    reception = {"instructions": "Ask.", "handoffs": {"booking": handoff}}
    own = ScriptedLLM("For when?")
    booking = {**BOOKING, "chat_ctx": "summary", "llm": "openai/own"}
    agents = {"reception": reception, "booking": booking}
    replies = [[TO_BOOKING], *([summary] if summary != [] else [])]  # no reply left is a failure
    async with talking(None, *replies, agents=agents, others={"openai/own": own}) as talk:
        await talk.begin("Ada wants a table.")
        await talk.until(lambda: "For when?" in talk.said)
        assert "Ada wants a table." in str(own.asked[-1])
        assert "I will take your booking." in str(own.asked[-1])
        assert "there is no summary" in caplog.text


async def test_a_summary_is_told_on_from_agent_to_agent() -> None:
    confirmed = {"instructions": "Confirm."}
    booking = {"instructions": "Book.", "chat_ctx": "summary", "handoffs": {"end": {"when": "Ok."}}}
    agents = {"reception": RECEPTION, "booking": booking, "end": confirmed}
    replies = [[TO_BOOKING], "Ada wants a table.", "For when?", [call("handoff_to_end")], "Done."]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table for Ada.")
        await talk.until(lambda: "For when?" in talk.said)
        await talk.begin("Today.")
        await talk.until(lambda: "Done." in talk.said)
        assert "Ada wants a table." in str(talk.model.asked[-1])


async def test_what_is_said_at_a_handoff_does_not_wait_for_the_summary() -> None:
    handoff = {"when": "A table.", "say": "I will take your booking."}
    reception = {"instructions": "Ask.", "handoffs": {"booking": handoff}}
    agents = {"reception": reception, "booking": {**BOOKING, "chat_ctx": "summary"}}
    summing_up = asyncio.Event()
    replies = [[TO_BOOKING], [summing_up, "Ada wants a table."], "For when?"]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table for Ada.")
        await talk.until(lambda: "I will take your booking." in talk.said)
        summing_up.set()
        await talk.until(lambda: "For when?" in talk.said)
        written = str(talk.model.asked[-1])
        assert "Ada wants a table." in written
        assert "A table for Ada." not in written
        assert "I will take your booking." in written
