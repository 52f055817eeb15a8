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
    answer = call.values.render(tool.result)
    is_text = isinstance(answer, str)
    return Outcome(text=answer if is_text else json.dumps(answer, ensure_ascii=False))
