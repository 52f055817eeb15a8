"""The schemas of an agent's tools, as LiveKit writes them for the llm."""

from __future__ import annotations

from typing import Any

from livekit.agents import llm

from ..format.profile import Profile
from .call_state import CallState
from .tools import build_tools
from .variables import Values


def schemas(profile: Profile, values: Values) -> list[dict[str, Any]]:
    """Return what a request to the llm has under `tools` in a call with these values."""
    context = llm.ToolContext(build_tools(CallState(profile, values)))
    written: list[dict[str, Any]] = context.parse_function_tools("openai")
    return written
