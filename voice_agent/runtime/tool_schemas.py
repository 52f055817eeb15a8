"""The schemas of an agent's tools, as LiveKit writes them for the llm."""

from __future__ import annotations

from typing import Any

from livekit.agents import llm

from ..format.profile import Profile
from .agents.agent import menu_of, tools_of
from .call_state import CallState
from .tools import build_tools
from .variables import Values


def schemas(profile: Profile, values: Values, agent: str | None = None) -> list[dict[str, Any]]:
    """Return what a request to the llm has under `tools` in a call with these values.

    Of several agents, it is while `agent` holds.
    """
    call = CallState(profile, values)
    tools = build_tools(call) if agent is None else tools_of(call, agent, menu_of(call, agent))
    context = llm.ToolContext(tools)
    written: list[dict[str, Any]] = context.parse_function_tools("openai")
    return written
