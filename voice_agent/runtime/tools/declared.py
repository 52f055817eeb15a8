"""The tools that a profile declares, as LiveKit's tools."""

from __future__ import annotations

from functools import partial
from typing import Any

from livekit.agents import RunContext, llm

from ...format.tool_schema import llm_sees
from ...format.tools import Tool
from ..call_state import CallState
from . import fixed, over_http
from .outcome import Outcome
from .switching import Additions, Switch
from .turns import Turns
from .wrapping import Work, Wrapped


def build(call: CallState, turns: Turns) -> list[llm.Tool | llm.Toolset]:
    """Return the tools that the profile of a call declares."""
    additions = Additions()
    return [
        Wrapped(
            llm_sees(name, tool),
            tool,
            _work(name, tool, call, additions),
            call,
            turns,
            only_reads=tool.only_reads,
        ).as_livekits()
        for name, tool in call.profile.tools.declared.items()
    ]


def _work(name: str, tool: Tool, call: CallState, additions: Additions) -> Work:
    if tool.switch:
        return Switch(name, tool, call, additions).work
    if tool.http:
        return partial(over_http.run, name, tool, call)
    return partial(fixed.run, tool, call)
