"""The handoffs that the llm decides, as tools that it is offered."""

from __future__ import annotations

from typing import Any

from livekit.agents import RunContext, ToolError, function_tool, llm

from ...format.agents import Handoff
from ...format.arguments import read_arguments
from ...format.tool_schema import llm_hands_over, ours
from ..call_state import CallState
from .holding import holding_of


def build(call: CallState, agent: str) -> list[llm.Tool]:
    """Return the tools by which the llm hands over from one of the agents of a call."""
    handoffs = call.profile.handoffs_of(agent)
    return [_tool(call, to, each) for to, each in handoffs.items() if each.is_for_the_llm]


def _tool(call: CallState, to: str, handoff: Handoff) -> llm.Tool:
    seen = llm_hands_over(to, handoff)

    async def hand_over(raw_arguments: dict[str, Any], context: RunContext[None]) -> Any:
        given, wrong = read_arguments(seen["parameters"], raw_arguments)
        if wrong:
            raise ToolError(f"Nothing was done. {' '.join(wrong)} Call it again with what fits.")
        values = {**given, **call.values.render(ours(handoff.parameters))}
        holding = holding_of(call)
        if refused := await holding.hand_over(to, "llm", context.session, values, handoff):
            raise ToolError(refused)
        return llm.ToolResult("The call has been handed over.", reply_required=False)

    return function_tool(hand_over, raw_schema=seen)
