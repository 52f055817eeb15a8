"""Tools that send an HTTP request."""

from __future__ import annotations

from typing import Any

from livekit.agents import RunContext

from ...format.addresses import BadAddress
from ...format.tools import Tool
from ..call_state import CallState
from .http import Failed, Unsendable, requested, send
from .outcome import Outcome


async def run(
    name: str, tool: Tool, call: CallState, arguments: dict[str, Any], _: RunContext[None]
) -> Outcome:
    """Send the request of a tool, and return the data of the answer."""
    try:
        answer = await send(requested(name, tool, arguments, call))
    except Failed as failed:
        failure = failed.kind if failed.status is None else str(failed.status)
        requests = tuple(each.as_data() for each in failed.exchanges)
        return Outcome(failure=failure, reason=failed.reason, requests=requests)
    except Unsendable as why:
        return Outcome(failure="default", text=f"Nothing was done. {why}")
    except (BadAddress, LookupError, ValueError) as why:
        return Outcome(failure="default", reason=f"Nothing was sent: {why}")
    requests = tuple(each.as_data() for each in answer.exchanges)
    return Outcome(answer.data, whole=answer.whole, requests=requests)
