"""A goodbye as a caller hears it: to its end, and taken back where they have more to say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.profiles import make_profile
from support.speech import spoken

from voice_agent.rehearsal.audio_io import RATE
from voice_agent.rehearsal.call import Call, calling
from voice_agent.runtime import build
from voice_agent.runtime.call_state import CallState
from voice_agent.standin.calls import KnownCall, Utterance
from voice_agent.standin.process import Standin

pytestmark = pytest.mark.calls

GOODBYE = "Thank you for calling us today, and goodbye."
WAIT = "Wait, I have a question."
ANSWER = "Go ahead."


@asynccontextmanager
async def hanging_up(
    goodbye: str, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Call]:
    """Call an agent that hangs up as soon as something is typed to it."""
    tools = {"end_call": {"say": goodbye}}
    profile = make_profile(tools=tools, session={"aec_warmup_duration": 0}, vad={})
    known = KnownCall(
        replies=({"call": "end_call"}, ANSWER),
        utterances=(Utterance(WAIT, spoken(WAIT, RATE), RATE),),
        hears_really=False,
    )
    for name, value in standin.environment_with(known).items():
        monkeypatch.setenv(name, value)
    state = CallState(profile)
    agent = build.build_agent(profile, state)
    async with calling(agent, lambda: build.build_session(profile, call=state)) as call:
        call.type("That was all.")
        assert await call.until(lambda: call.speaker.playing)
        yield call


async def test_where_nobody_objects_the_goodbye_is_heard_to_its_end(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hanging_up("Goodbye.", standin, monkeypatch) as call:
        assert await call.until(lambda: call.over)
    (heard,) = call.heard
    assert not heard.cut
    ended = next(each.at for each in call.events if each.name == "call_ended")
    assert heard.stopped - call.began <= ended
    assert [each.text for each in call.events if each.name == "response"] == ["Goodbye."]


async def test_a_caller_who_says_wait_into_the_goodbye_is_answered_and_the_call_goes_on(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hanging_up(GOODBYE, standin, monkeypatch) as call:
        await call.say(spoken(WAIT, RATE), WAIT)
        assert await call.until(lambda: call.count("response") == 2)
        assert not call.over
        said = [each.text for each in call.events if each.name == "response"]
    assert call.heard[0].cut
    assert said[-1] == ANSWER
