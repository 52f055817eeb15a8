"""A call in text as the terminal meets it: its events in order, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.profiles import make_profile
from support.scripted_llm import ScriptedLLM, session

from voice_agent import Opening, Profile
from voice_agent.runtime import build
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.session import CutOff, ProfileSession
from voice_agent.runtime.text_call import (
    AgentCutOff,
    AgentIs,
    AgentSays,
    AgentStopped,
    CallEnded,
    CallerSaid,
    CallOver,
    Event,
    ToolActed,
    text_call,
)

PROFILE = make_profile()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedLLM:
    """The language model of every call, in this process."""
    made = ScriptedLLM("Good morning.", "Nice to meet you.")

    def build_session(profile: Profile, call: CallState) -> ProfileSession:
        assert call.profile.llm is profile.llm
        assert profile.stt is profile.tts is None
        return session(made)

    monkeypatch.setattr(build, "build_session", build_session)
    return made


@pytest.fixture
def events() -> list[Event]:
    """What a call has told so far."""
    return []


async def test_what_is_said_comes_in_order_and_tells_the_profile_from_the_caller(
    model: ScriptedLLM, events: list[Event]
) -> None:
    profile = replace(PROFILE, on_enter=Opening(user_input="Hello"))
    async with text_call(profile, events.append) as call:
        await call.finish_speaking()
        await call.answer("My name is Ada")
        await call.finish_speaking()
    assert [each for each in events if not isinstance(each, AgentIs | AgentStopped)] == [
        CallerSaid("Hello", from_profile=True),
        AgentSays("Good morning."),
        CallerSaid("My name is Ada"),
        AgentSays("Nice to meet you."),
        CallEnded(failed=False),
    ]
    states = [each.state for each in events if isinstance(each, AgentIs)]
    assert states == ["listening", *["thinking", "speaking", "listening"] * 2]


async def test_speech_that_a_line_cuts_is_told_as_cut(
    model: ScriptedLLM, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = asyncio.Event()

    def show(event: Event) -> None:
        events.append(event)
        if isinstance(event, AgentSays):
            said.set()

    async with text_call(PROFILE, show) as call:
        call._session.say(_endless(), allow_interruptions=True)
        await asyncio.wait_for(said.wait(), 5)
        await call.answer("Stop")
        await call.finish_speaking()
    assert AgentCutOff() in events
    assert CallerSaid("Stop") in events


async def _endless():  # type: ignore[no-untyped-def]
    yield "And so on. "
    await asyncio.Event().wait()


async def test_the_agent_says_what_it_is_told_and_nothing_else(
    model: ScriptedLLM, events: list[Event]
) -> None:
    async with text_call(PROFILE, events.append) as call:
        await call.say("We are closed.")
        await call.finish_speaking()
    assert [each for each in events if isinstance(each, AgentSays)] == [AgentSays("We are closed.")]
    assert len(model.replies) == 2


async def test_control_characters_reach_neither_the_model_nor_the_terminal(
    model: ScriptedLLM, events: list[Event]
) -> None:
    model.replies = ["Good\x1b[2J morning.\x07"]
    async with text_call(PROFILE, events.append) as call:
        await call.answer("He\x1b[31mllo\x00")
        await call.finish_speaking()
        heard = [message.text_content for message in call._session.history.messages()]
    assert heard[0] == "Hello"
    assert [each for each in events if isinstance(each, AgentSays)] == [AgentSays("Good morning.")]


async def test_it_is_said_that_nothing_listens_to_keys(
    model: ScriptedLLM, events: list[Event]
) -> None:
    async with text_call(PROFILE, events.append) as call:
        await call.press("12")
    assert ToolActed("[12 pressed, but nothing listens to keys now]") in events


@pytest.mark.parametrize("allowed", [True, False])
async def test_the_agent_is_cut_off_only_where_callers_may_do_it(
    model: ScriptedLLM, events: list[Event], allowed: bool
) -> None:
    model.may_speak.clear()
    async with text_call(replace(PROFILE, allow_interruptions=allowed), events.append) as call:
        assert call.cut_off() is CutOff.NOTHING_TO_CUT
        await call.answer("Hello")
        await until(lambda: AgentIs("thinking") in events)
        assert call.cut_off() is (CutOff.DONE if allowed else CutOff.NOT_ALLOWED)
        model.may_speak.set()
        await call.finish_speaking()
    assert (AgentSays("Good morning.") in events) is not allowed


async def until(condition: Callable[[], bool]) -> None:
    async def ask() -> None:
        while not condition():
            await asyncio.sleep(0)

    await asyncio.wait_for(ask(), 5)


async def test_a_line_for_a_call_that_is_ending_is_told_after_its_end(
    model: ScriptedLLM, events: list[Event]
) -> None:
    model.may_speak.clear()
    async with text_call(PROFILE, events.append) as call:
        await call.answer("Hello")
        call._session.shutdown()
        while not call._session._activity.scheduling_paused:  # type: ignore[union-attr]
            await asyncio.sleep(0)  # LiveKit takes text until it has really begun to end the call.
        with pytest.raises(CallOver):
            await asyncio.wait_for(call.answer("Is anybody there?"), 5)
        assert events[-1] == CallEnded(failed=False)


async def test_another_error_is_no_end_of_the_call_and_is_not_waited_for(
    model: ScriptedLLM, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(self: ProfileSession, text: str) -> None:
        raise RuntimeError("nested runs are not supported")

    monkeypatch.setattr(ProfileSession, "answer", answer)
    with pytest.raises(RuntimeError, match="nested runs"):
        async with text_call(PROFILE, events.append) as call:
            await asyncio.wait_for(call.answer("Hello"), 1)
    assert events[-1] == CallEnded(failed=False)


async def test_the_session_is_closed_whatever_goes_wrong_after_its_start(
    model: ScriptedLLM, events: list[Event]
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with text_call(PROFILE, events.append):
            raise ZeroDivisionError
    assert events[-1] == CallEnded(failed=False)
