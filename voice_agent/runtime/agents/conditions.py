"""The handoffs that no llm decides: by a tool that has succeeded, or by a variable's value."""

from __future__ import annotations

from livekit.agents import AgentSession

from ...format.agents import COLLECTED, Condition, Handoff
from ...format.tool_schema import ours
from ..call_state import CallState
from .holding import holding_of


async def after_tool(call: CallState, tool: str, session: AgentSession[None]) -> bool:
    """Hand over where that was to happen once a tool has succeeded; return whether it did."""

    def is_met(handoff: Handoff) -> bool:
        when = handoff.when
        return isinstance(when, Condition) and when.tool == tool

    for to, handoff in _handoffs(call).items():
        if is_met(handoff):
            return await _hand_over(call, to, "tool", handoff, session)
    return await by_variable(call, session)


async def by_variable(call: CallState, session: AgentSession[None]) -> bool:
    """Hand over where a variable has the value for which that was to happen."""
    for to, handoff in _handoffs(call).items():
        when = handoff.when
        if isinstance(when, Condition) and when.variable and _has(call, when):
            return await _hand_over(call, to, "variable", handoff, session)
    return False


async def by_collection(call: CallState, session: AgentSession[None]) -> bool:
    """Hand over where that was to happen once all is collected."""
    for to, handoff in _handoffs(call).items():
        if handoff.when == COLLECTED:
            return await _hand_over(call, to, "collected", handoff, session)
    return False


def _handoffs(call: CallState) -> dict[str, Handoff]:
    return call.profile.handoffs_of(call.agent) if call.agent else {}


def _has(call: CallState, when: Condition) -> bool:
    name = when.variable or ""
    return call.values.is_set(name) and call.values.get(name) == when.value


async def _hand_over(
    call: CallState, to: str, by: str, handoff: Handoff, session: AgentSession[None]
) -> bool:
    values = call.values.render(ours(handoff.parameters))
    return await holding_of(call).hand_over(to, by, session, values, handoff) is None
