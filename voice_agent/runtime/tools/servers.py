"""The MCP servers of a call: connected to before the agent answers, or the call is not taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livekit.agents import AgentSession, llm

from ...errors import UsageError
from ...format import mcp_package
from ...format.profile import Profile
from ..call_state import CallState

if TYPE_CHECKING:
    from .mcp.toolset import ServerToolset

logger = logging.getLogger(__name__)


class Unavailable(UsageError):
    """A server without which the agent takes no calls cannot be used; the text says why."""


def build_toolsets(call: CallState) -> list[llm.Tool | llm.Toolset]:
    """Return the tools of the session that takes this call: a set for each MCP server.

    Nothing is connected yet; see `connect`. They belong to the session, so that they outlive a
    handoff.
    """
    if not call.profile.mcp_servers:
        return []
    from .mcp.toolset import ServerToolset  # here, as its package may not be installed

    return [ServerToolset(name, call) for name in call.profile.mcp_servers]


async def connect(session: AgentSession[None]) -> None:
    """Connect to the servers of a session before it starts, to all at once.

    LiveKit would only log what cannot be reached. The agent goes without what the profile does not
    require; raises Unavailable for the rest, with nothing left connected.
    """
    await _connect(_servers(session.tools))


async def check(profile: Profile) -> None:
    """Connect to the servers of a profile and end it again; raise Unavailable as `connect` does."""
    toolsets = _servers(build_toolsets(CallState(profile)))
    try:
        await _connect(toolsets)
    finally:
        await _close(toolsets)


async def _connect(toolsets: Sequence[ServerToolset]) -> None:
    await asyncio.gather(*(each.setup() for each in toolsets))
    needed = [each for each in toolsets if each.why_not and each.server.required]
    if needed:
        await _close(toolsets)
        raise Unavailable("\n".join(map(_sentence, needed)))
    for each in toolsets:
        if each.why_not:
            logger.warning("%s The agent goes without its tools.", _sentence(each))
    taken: set[str] = set()
    for each in toolsets:
        taken |= each.keep_apart(taken)


async def _close(toolsets: Sequence[ServerToolset]) -> None:
    await asyncio.gather(*(each.aclose() for each in toolsets))


def _servers(tools: Sequence[llm.Tool | llm.Toolset]) -> list[ServerToolset]:
    found = [each for each in tools if isinstance(each, llm.Toolset)]
    if not (found and mcp_package.is_installed()):
        return []
    from .mcp.toolset import ServerToolset

    return [each for each in found if isinstance(each, ServerToolset)]


def _sentence(toolset: ServerToolset) -> str:
    return f'The MCP server "{toolset.name}" cannot be used: {toolset.why_not}.'
