"""The tools that a profile declares, as LiveKit's tools."""

from __future__ import annotations

from functools import partial

from livekit.agents import llm

from ...format.tool_schema import llm_sees
from ...format.tools import UNSET, Tool
from ..call_state import CallState
from . import fixed, over_http, rpc
from .switching import Switch
from .turns import Turns
from .wrapping import Work, Wrapped


def build(call: CallState, turns: Turns) -> list[llm.Tool | llm.Toolset]:
    """Return the tools that the profile of a call declares."""
    declared = call.profile.tools.declared.items()
    works = ((name, tool, work_of(name, tool, call)) for name, tool in declared)
    return [
        Wrapped(
            llm_sees(name, tool), tool, work, call, turns, only_reads=tool.only_reads
        ).as_livekits()
        for name, tool, work in works
        if work is not None
    ]


def work_of(name: str, tool: Tool, call: CallState) -> Work | None:
    """Return what a tool does; None for one that has no use in this call."""
    if tool.switch:
        return Switch(name, tool, call).work
    if tool.http:
        return partial(over_http.run, name, tool, call)
    if tool.rpc:
        return partial(rpc.run, name, tool, call)
    if tool.result is not UNSET:
        return partial(fixed.run, tool, call)
    return None
