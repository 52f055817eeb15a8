"""Tools for a telephone: what is pressed, and that they are offered where there is one."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit.agents.beta.tools import send_dtmf_events
from support.profiles import make_profile
from support.telephone import BROWSER, PHONE, Room, offered, talking, tool

from voice_agent import Profile

PRESS = tool("send_dtmf_events", events=["1", "2", "#"])
TRANSFER = {"destinations": {"desk": {"when": "Always.", "transfer_to": "+493012345678"}}}


def profile(**keys: Any) -> Profile:
    """Return a profile with the tools for a telephone, and one to hang up."""
    tools = {"end_call": None, "send_dtmf_events": None, "transfer_call": TRANSFER}
    return make_profile(tools={**tools, **keys})


async def test_the_keys_are_pressed_one_after_the_other() -> None:
    room = Room()
    room.join("caller", PHONE)
    async with talking(profile(), PRESS, "I have pressed them.", room=room) as talk:
        await talk.hear("Press one, two and pound.")
        assert room.pressed == [(1, "1"), (2, "2"), (11, "#")]
        assert talk.noted("dtmf_sent") == [{"keys": "1 2 #", "pretended": False}]
        assert talk.said == ["I have pressed them."]


async def test_in_the_console_it_is_told_what_would_be_pressed() -> None:
    async with talking(profile(), PRESS, "I have pressed them.") as talk:
        await talk.hear("Press one, two and pound.")
        assert talk.noted("dtmf_sent") == [{"keys": "1 2 #", "pretended": True}]


async def test_the_llm_reads_livekit_s_description_and_that_of_the_profile() -> None:
    wanted = profile(send_dtmf_events={"description": "Press 2 for the office."})
    async with talking(wanted) as talk:
        (found,) = [x for x in talk.session.current_agent.tools if x.id == "send_dtmf_events"]
        said = found.info.description  # type: ignore[union-attr]
    assert str(send_dtmf_events.info.description) in said
    assert "Press 2 for the office." in said


async def test_tools_for_a_telephone_come_and_go_with_it() -> None:
    room = Room()
    async with talking(profile(), "Hello.", room=room) as talk:
        await offered(talk, {"end_call"})
        room.join("ada", BROWSER)
        room.join("caller", PHONE)
        await offered(talk, {"end_call", "send_dtmf_events", "transfer_call"})
        room.leave("caller")
        await offered(talk, {"end_call"})
        await talk.hear("Hello")
        assert talk.model.offered == [["end_call"]]


async def test_nothing_follows_a_room_once_the_call_is_over() -> None:
    room = Room()
    async with talking(profile(), room=room) as talk:
        await offered(talk, {"end_call"})
    left = [each for each in asyncio.all_tasks() if each.get_name() == "offering tools"]
    await asyncio.gather(*left, return_exceptions=True)
    assert not room._events["participant_disconnected"]
