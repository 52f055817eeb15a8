"""What is typed while the agent speaks: never lost, nor let cut what may not be cut."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import AbstractAsyncContextManager

import pytest
from support.profiles import make_profile

from voice_agent import Opening, Profile
from voice_agent.rehearsal.call import Call, calling
from voice_agent.runtime import build

pytestmark = pytest.mark.calls

OPENING = "Good morning. This is a recording, and it takes its time. It will be over soon."

PROFILE = make_profile(allow_interruptions=False, on_enter={"say": OPENING})


def meeting(profile: Profile) -> AbstractAsyncContextManager[Call]:
    """Call the agent of `profile` in a room with its own options."""
    options = build.build_room_options(profile).get_text_input_options()
    assert options
    agent = build.build_agent(profile)
    return calling(agent, lambda: build.build_session(profile), options.text_input_cb)


def chat(call: Call, *texts: str) -> None:
    """Send chat messages as a room does, all at once."""
    for text in texts:
        call.type(text)


def said(call: Call) -> list[tuple[str, str]]:
    return [(m.role, m.text_content or "") for m in call.session.history.messages()]


@pytest.mark.usefixtures("offline")
async def test_chat_messages_wait_for_uninterruptible_speech_and_are_answered_in_order() -> None:
    async with meeting(PROFILE) as call:
        assert await call.until(lambda: call.speaker.playing)
        chat(call, "My name is Ada", "Thank you")
        assert await call.until(lambda: len(call.heard) == 3)
        await call.session.finish_speaking()
        conversation = said(call)
    assert not any(heard.cut for heard in call.heard)
    assert conversation == [
        ("assistant", OPENING),
        ("user", "My name is Ada"),
        ("assistant", "Nice to meet you, Ada. I am only the offline stand-in."),
        ("user", "Thank you"),
        ("assistant", "You are welcome. Is there anything else for the offline stand-in?"),
    ]


@pytest.mark.usefixtures("offline")
async def test_a_chat_message_cuts_speech_that_may_be_cut() -> None:
    profile = dataclasses.replace(PROFILE, allow_interruptions=True)
    async with meeting(profile) as call:
        assert await call.until(lambda: call.speaker.playing)
        chat(call, "My name is Ada")
        assert await call.until(lambda: len(call.heard) == 2)
        await call.session.finish_speaking()
        conversation = said(call)
    assert call.heard[0].cut
    assert not call.heard[1].cut
    assert conversation[-2:] == [
        ("user", "My name is Ada"),
        ("assistant", "Nice to meet you, Ada. I am only the offline stand-in."),
    ]


@pytest.mark.usefixtures("offline")
async def test_an_opening_of_its_own_promise_is_kept_where_the_rest_may_be_cut() -> None:
    opening = Opening(say=OPENING, allow_interruptions=False)
    profile = dataclasses.replace(PROFILE, allow_interruptions=True, on_enter=opening)
    async with meeting(profile) as call:
        assert await call.until(lambda: call.speaker.playing)
        chat(call, "My name is Ada")
        assert await call.until(lambda: len(call.heard) == 2)
    assert not call.heard[0].cut


@pytest.mark.usefixtures("offline")
async def test_text_that_comes_just_as_the_speech_ends_does_not_wait_for_ever() -> None:
    async with meeting(PROFILE) as call:
        assert await call.until(lambda: call.speaker.playing)
        speech = call.session.current_speech
        assert speech
        answers = []
        # A callback of the speech's own: it is done, and the session has not been told yet.
        speech.add_done_callback(
            lambda _: answers.append(asyncio.ensure_future(call.session.answer("Thank you")))
        )
        assert await call.until(lambda: len(call.heard) == 2)
    assert len(answers) == 1
