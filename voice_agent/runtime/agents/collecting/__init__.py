"""What agents and tools ask of the caller before they go on."""

from __future__ import annotations

from collections.abc import Mapping

from livekit.agents import Agent

from ....format.tools import Field
from ...call_state import CallState


async def collect(fields: Mapping[str, Field], agent: Agent, call: CallState) -> bool:
    """Ask the caller for what has no value yet; return whether all that is required has one.

    It is to be awaited in an agent's `on_enter`, or in a tool, and ends when the agent hands over.
    """
    raise NotImplementedError
