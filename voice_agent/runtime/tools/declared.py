"""The tools that a profile declares, as LiveKit's tools."""

from __future__ import annotations

from functools import partial

from livekit.agents import llm

from ...format.tool_schema import llm_sees
from ...format.tools import Tool
from ..call_state import CallState
from . import fixed, over_http, rpc
from .switching import Switch
from .turns import Turns
from .wrapping import Work, Wrapped


def build(call: CallState, turns: Turns) -> list[llm.Tool | llm.Toolset]:
    """Return the tools that the profile of a call declares."""
    return [
        Wrapped(
            llm_sees(name, tool),
            tool,
            _work_of(name, tool, call),
            call,
            turns,
            only_reads=tool.only_reads,
            collect=tool.collect,
        ).as_livekits()
        for name, tool in call.profile.tools.declared.items()
    ]


def _work_of(name: str, tool: Tool, call: CallState) -> Work:
    if tool.switch:
        return Switch(name, tool, call).work
    if tool.http:
        return partial(over_http.run, name, tool, call)
    if tool.rpc:
        return partial(rpc.run, name, tool, call)
    return partial(fixed.run, tool, call)
