"""One tool of an MCP server without a call: what it does, and what the llm would be told."""

from __future__ import annotations

from typing import Any

from ....format.tools import McpTool
from ...call_state import CallState
from ..outcome import Outcome
from ..trial import Trial, tried
from .toolset import Offering


async def attempt(server: str, name: str, arguments: dict[str, Any], call: CallState) -> Trial:
    """Have a server run a tool with these arguments, which are not compared with its schema."""
    options = call.profile.mcp_servers[server].tools.get(name, McpTool())

    async def run() -> Outcome:
        connection = Offering(server, call)
        try:
            return await connection.run(name, options, arguments)
        finally:
            await connection.aclose()

    return await tried(name, options, call, run)
