"""What the agent of a profile can do beside talking, as LiveKit's tools."""

from __future__ import annotations

from livekit.agents import llm

from ..call_state import CallState
from . import declared
from .turns import Turns


def build_tools(call: CallState) -> list[llm.Tool | llm.Toolset]:
    """Return the tools of the agent that takes this call."""
    return declared.build(call, Turns())
