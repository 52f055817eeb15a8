"""Tools that send an HTTP request."""

from __future__ import annotations

from typing import Any

from livekit.agents import RunContext

from ...format.tools import Tool
from ..call_state import CallState
from ..secrets import from_environment, is_secret
from .http import Failed, Unsendable, build, send
from .outcome import Outcome


async def run(
    name: str, tool: Tool, call: CallState, arguments: dict[str, Any], _: RunContext[None]
) -> Outcome:
    """Send the request of a tool, and return the data of its answer."""

    def lookup(wanted: str) -> Any:
        return from_environment(wanted) if is_secret(wanted) else call.values.get(wanted)

    try:
        request = build(
            name, tool, arguments, lookup, call_id="x", allow_hosts=call.profile.allow_hosts
        )
        answer = await send(request)
    except Failed as failed:
        failure = str(failed.status) if failed.status else failed.kind
        requests = tuple(each.as_data() for each in failed.exchanges)
        return Outcome(failure=failure, reason=failed.reason, requests=requests)
    except Unsendable as unsendable:
        return Outcome(failure="default", reason=str(unsendable))
    return Outcome(answer.data, requests=tuple(each.as_data() for each in answer.exchanges))
