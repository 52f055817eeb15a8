"""Tools with a fixed answer."""

from __future__ import annotations

import json
from typing import Any

from livekit.agents import RunContext

from ...format.tools import Tool
from ..call_state import CallState
from .outcome import Outcome


async def run(
    tool: Tool,
    call: CallState,
    _: dict[str, Any] | None = None,
    __: RunContext[None] | None = None,
) -> Outcome:
    """Return the answer that the profile has, with the values of the call."""
    if isinstance(tool.result, str):
        return Outcome(text=call.values.told(tool.result))
    answer = call.values.render(tool.result)
    return Outcome(text=json.dumps(answer, ensure_ascii=False))
