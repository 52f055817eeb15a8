"""What tools do around a handoff: whose they are, and what becomes of those that are at work."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any
from unittest import mock

from support import ROOT
from support.tool_talk import Service, Talk, call, serving, talking

from voice_agent.runtime.tools import telephone

SERVER = ROOT / "tests" / "support" / "mcp_server.py"
TO_BOOKING = call("handoff_to_booking")
AGENTS: dict[str, Any] = {
    "reception": {
        "instructions": "Find out what the caller wants.",
        "handoffs": {"booking": {"when": "The caller wants a table."}},
    },
    "booking": {"instructions": "Book a table.", "handoffs": {"back": {"when": "Else."}}},
}


def looking_up(service: Service, **keys: Any) -> dict[str, Any]:
    """Return a tool that looks something up."""
    return {"look_up": {"description": "Looks up.", "http": f"POST {service.url}/x", **keys}}


def holders(talk: Talk) -> list[str]:
    """Return the agents that have held the call."""
    return [event.tool for event in talk.events if event.name == "agent_entered"]


async def test_what_other_tools_of_the_same_reply_come_to_is_told_to_the_next_agent() -> None:
    async with serving() as service:
        replies = [[call("look_up"), TO_BOOKING, call("look_up")], "For when?"]
        async with talking(looking_up(service), *replies, agents=AGENTS) as talk:
            await talk.begin("A table.")
            await talk.until(lambda: "For when?" in talk.said)
            assert talk.told().count('{"id": "B-17"}') == len(service.requests) >= 1
            assert holders(talk) == ["reception", "booking"]
            assert talk.said == ["A table.", "For when?"]
            assert len(talk.model.asked) == 2


async def test_a_tool_that_is_at_work_delivers_its_result_to_the_next_agent() -> None:
    async with serving() as service:
        service.may_answer.clear()
        replies = [[call("look_up")], "One moment.", [TO_BOOKING], "It is B-17."]
        tools = looking_up(service, background=True)
        async with talking(tools, *replies, agents=AGENTS) as talk:
            await talk.begin("Look it up.")
            await talk.until(lambda: "One moment." in talk.said)
            await talk.begin("And a table.")
            await talk.until(lambda: talk.state.agent == "booking")
            service.may_answer.set()
            await talk.until(lambda: "It is B-17." in talk.said)
            assert any("B-17" in told for told in talk.told())
            assert "Book a table." in str(talk.model.asked[-1][0]["content"])
            assert holders(talk) == ["reception", "booking"]
            assert len(service.requests) == 1


async def test_an_agent_has_the_tools_of_its_own_mcp_servers_alone() -> None:
    program = {"command": sys.executable, "args": [str(SERVER), "stdio"]}
    calendar = {**program, "allowed_tools": ["count_slots"], "timeout": 30}
    agents = {
        "reception": {**AGENTS["reception"], "tools": []},
        "booking": {**AGENTS["booking"], "tools": ["calendar"]},
    }
    replies = [[TO_BOOKING], "For when?", [call("handoff_back")], "What else?"]
    servers = {"calendar": calendar}
    async with talking({}, *replies, agents=agents, mcp_servers=servers) as talk:
        await talk.begin("A table.")
        await talk.until(lambda: "For when?" in talk.said)
        await talk.begin("Rather not.")
        await talk.until(lambda: "What else?" in talk.said)
        has = ["count_slots" in offered for offered in talk.model.offered]
        assert has == [False, True, True, False]


async def test_an_agent_that_collects_has_the_tools_of_its_own_mcp_servers_alone() -> None:
    program = {"command": sys.executable, "args": [str(SERVER), "stdio"]}
    calendar = {**program, "allowed_tools": ["count_slots"], "timeout": 30}
    guests = {"guests": {"type": "integer", "description": "How many."}}
    agents = {
        "reception": {"instructions": "Ask.", "tools": [], "collect": guests},
        "booking": {"instructions": "Book.", "tools": ["calendar"]},
    }
    servers = {"calendar": calendar}
    async with talking({}, "How many?", agents=agents, mcp_servers=servers) as talk:
        await talk.until(lambda: "How many?" in talk.said)
        assert "update_guests" in talk.model.offered[0]
        assert "count_slots" not in talk.model.offered[0]


class Participant:
    """The agent in a room, which keeps what the frontend is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        """Tell the frontend, if it is still there."""
        if self.told:
            raise ConnectionError("the room has gone")
        self.told.append(attributes)


async def test_the_frontend_is_told_which_agent_holds_and_no_call_depends_on_it() -> None:
    agent = Participant()
    job = SimpleNamespace(room=SimpleNamespace(local_participant=agent))
    with mock.patch.object(telephone, "in_room", return_value=job):
        async with talking(None, [TO_BOOKING], "For when?", agents=AGENTS) as talk:
            await talk.until(lambda: agent.told)
            assert agent.told == [{"agent": "reception"}]
            await talk.begin("A table.")
            await talk.until(lambda: "For when?" in talk.said)
            assert holders(talk) == ["reception", "booking"]


async def test_a_caller_who_cuts_what_is_said_at_a_handoff_is_answered_by_the_next_agent() -> None:
    handoff = {"when": "A table.", "say": "I will take your booking, and I will take my time."}
    reception = {"instructions": "Ask.", "handoffs": {"booking": handoff}}
    agents = {**AGENTS, "reception": reception}
    replies = [[TO_BOOKING], "For when?", "On Friday, then."]
    async with talking(None, *replies, agents=agents) as talk:
        await talk.begin("A table.")
        await talk.until(lambda: holders(talk)[-1] == "booking")
        await talk.begin("On Friday.")
        await talk.until(lambda: "On Friday, then." in talk.said or "For when?" in talk.said)
        await asyncio.sleep(0)
        assert holders(talk) == ["reception", "booking"]
        assert "Book a table." in str(talk.model.asked[-1][0]["content"])
        assert "On Friday." in str(talk.model.asked[-1])
