"""One tool of an MCP server without a call: what it does, and what the llm would be told."""

from __future__ import annotations

from typing import Any

from ....format.tools import McpTool
from ...call_state import CallState
from .. import results
from ..outcome import Outcome
from ..trial import Trial
from .toolset import Offering


async def attempt(server: str, name: str, arguments: dict[str, Any], call: CallState) -> Trial:
    """Have a server run a tool with these arguments, which are not compared with its schema."""
    options = call.profile.mcp_servers[server].tools.get(name, McpTool())
    if (refusal := results.refusal(options.requires, call.values)) is not None:
        return Trial(Outcome(failure="requires", reason="A variable has no value."), refusal, {})
    connection = Offering(server, call)
    try:
        outcome = await connection.run(name, options, arguments)
    finally:
        await connection.aclose()
    told = results.told(name, options, outcome, call.values)
    saved = options.response.save if outcome.failure is None else ()
    return Trial(outcome, told, {each: call.values.get(each) for each in saved})
