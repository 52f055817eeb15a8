"""Which tools the LLM is offered, as participants come to the call and leave it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from livekit import rtc
from livekit.agents import Agent, llm

from ..call_state import CallState
from . import rpc, telephone

_AnyTool: TypeAlias = "llm.Tool | llm.Toolset"
_EVENTS: tuple[rtc.room.EventTypes, ...] = (
    "connection_state_changed",
    "participant_connected",
    "participant_disconnected",
)


def offered(call: CallState, tools: Sequence[_AnyTool]) -> list[_AnyTool]:
    """Return those of the tools that could do something in the call as it is now."""
    needs = _needs(call)
    return [each for each in tools if each.id not in needs or needs[each.id](call)]


def follow(call: CallState, agent: Agent, tools: Sequence[_AnyTool]) -> Callable[[], None]:
    """Have the agent offer and withdraw tools, until its session ends or the result is called."""
    job = telephone.in_room(call)
    if job is None or not _needs(call):
        return lambda: None
    room, changed = job.room, asyncio.Event()

    async def update() -> None:
        while True:
            now = offered(call, tools)
            if now != agent.tools:
                await agent.update_tools(now)
            await changed.wait()
            changed.clear()

    def note(*_: object) -> None:
        changed.set()

    for event in _EVENTS:
        room.on(event, note)
    updating = asyncio.create_task(update(), name="offering tools")

    def stop(*_: object) -> None:
        updating.cancel()
        for event in _EVENTS:
            room.off(event, note)

    agent.session.once("close", stop)
    return stop


def _needs(call: CallState) -> dict[str, Callable[[CallState], bool]]:
    """Return what must be there for each tool that needs somebody in the call."""
    tools = call.profile.tools
    needs: dict[str, Callable[[CallState], bool]] = {
        name: rpc.is_there for name, tool in tools.declared.items() if tool.rpc
    }
    if tools.transfer_call:
        needs["transfer_call"] = telephone.is_there
    if tools.send_dtmf_events:
        needs["send_dtmf_events"] = telephone.is_there
    return needs
