"""Tools that send an HTTP request."""

from __future__ import annotations

from typing import Any

from livekit.agents import RunContext

from ...format.tools import Tool
from ..call_state import CallState
from .http import Failed, Unsendable, requested, send
from .outcome import Outcome


async def run(
    name: str,
    tool: Tool,
    call: CallState,
    arguments: dict[str, Any],
    _: RunContext[None] | None = None,
) -> Outcome:
    """Send the request of a tool, and return the data of its answer."""
    try:
        request = requested(name, tool, arguments, call)
    except Unsendable as why:
        told = f"Nothing was done. {why} Call it again with another." if why.by_llm else None
        return Outcome(failure="arguments", reason=str(why), text=told)
    except (KeyError, ValueError) as why:  # A variable without a value, or a secret.
        return Outcome(failure="default", reason=str(why))
    try:
        answer = await send(request)
    except Failed as failed:
        kind = failed.kind if failed.status is None else str(failed.status)
        requests = tuple(each.as_data() for each in failed.exchanges)
        return Outcome(failure=kind, reason=failed.reason, requests=requests)
    requests = tuple(each.as_data() for each in answer.exchanges)
    return Outcome(answer.data, whole=answer.whole, requests=requests)
