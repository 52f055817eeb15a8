"""Tools that call the frontend: whom, with what, and what becomes of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from livekit import rtc
from support.profiles import make_profile
from support.telephone import BROWSER, PHONE, Room, offered, talking, tool

from voice_agent import Profile
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.process import Standin
from voice_agent.standin.service import Service

SHOW = tool("show_map", floor=2)
CODES = rtc.RpcError.ErrorCode


def profile(rpc: dict[str, Any] | None = None, **keys: Any) -> Profile:
    """Return a profile whose agent can show a map on the caller's screen."""
    parameters = {"floor": {"type": "integer", "description": "The floor."}}
    declared = {"description": "Shows the way.", "parameters": parameters, "rpc": rpc or {}}
    on_error = {"timeout": "It is slow.", "connection": "Nobody is there.", "default": "It failed."}
    return make_profile(tools={"show_map": {**declared, "on_error": on_error, **keys}})


def screen(answer: str | Exception = '{"shown": true}') -> Room:
    """Return a room with a frontend that answers this."""
    room = Room()
    room.join("ada", BROWSER)

    def reply() -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer

    room.answer = reply
    return room


async def test_the_frontend_gets_the_arguments_and_the_llm_its_answer() -> None:
    room = screen()
    async with talking(profile({"timeout": 3}), SHOW, "There it is.", room=room) as talk:
        await talk.hear("Where is it?")
        assert [json.loads(each) for each in talk.told("show_map")] == [{"shown": True}]
    (asked,) = room.rpc
    assert json.loads(asked.pop("payload")) == {"floor": 2}
    assert asked == {"destination_identity": "ada", "method": "show_map", "response_timeout": 3}


async def test_a_declared_method_and_payload_are_sent_as_they_are_written() -> None:
    room = screen("shown")
    rpc = {"method": "showMap", "payload": {"to": {"floor": "{{ floor }}", "by": "{{ by }}"}}}
    optional = {"type": "string", "optional": True, "description": "On foot, or by lift."}
    parameters = {"floor": {"type": "integer", "description": "The floor."}, "by": optional}
    async with talking(
        profile(rpc, parameters=parameters), SHOW, "There it is.", room=room
    ) as talk:
        await talk.hear("Where is it?")
        assert "shown" in talk.told("show_map")[0]
    assert room.rpc[0]["method"] == "showMap"
    assert json.loads(room.rpc[0]["payload"]) == {"to": {"floor": 2, "by": None}}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (CODES.RESPONSE_TIMEOUT, "It is slow."),
        (CODES.RECIPIENT_DISCONNECTED, "Nobody is there."),
        (CODES.UNSUPPORTED_METHOD, "It failed."),
        (42, "It failed."),
    ],
)
async def test_a_frontend_that_fails_is_told_in_the_profile_s_words(code: int, told: str) -> None:
    room = screen(rtc.RpcError(code, "the frontend's own words"))
    async with talking(profile(), SHOW, "I am sorry.", room=room) as talk:
        await talk.hear("Where is it?")
        assert talk.told("show_map") == [told]
        assert talk.noted("tool_ended")[0]["status"] == "error"


async def test_no_telephone_and_no_agent_is_asked_and_the_tool_is_there_with_a_frontend() -> None:
    room = Room()
    room.join("caller", PHONE)
    room.join("another-agent", rtc.ParticipantKind.PARTICIPANT_KIND_AGENT)
    async with talking(profile(), SHOW, "There it is.", room=room) as talk:
        await offered(talk, set())
        room.join("ada", BROWSER)
        await offered(talk, {"show_map"})
        await talk.hear("Where is it?")
        assert [each["destination_identity"] for each in room.rpc] == ["ada"]
        room.leave("ada")
        await offered(talk, set())


async def test_without_a_room_it_is_offered_only_where_the_stand_in_plays_the_frontend(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(profile()) as talk:
        await offered(talk, set())
    answers = ({"response": {"shown": True}}, {"status": 500}, {"drop": True})
    known = KnownCall(services={"show_map": Service(kind="rpc", answers=answers)})
    for name, value in standin.environment_with(known).items():
        monkeypatch.setenv(name, value)
    async with talking(profile(), SHOW, "There.", SHOW, "Oh.", SHOW, "Oh.") as talk:
        for _ in answers:
            await talk.hear("Where is it?")
        first, *failures = talk.told("show_map")
    assert json.loads(first) == {"shown": True}
    assert failures == ["It failed.", "Nobody is there."]
