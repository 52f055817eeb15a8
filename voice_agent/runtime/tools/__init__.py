"""What the agent of a profile can do beside talking, as LiveKit's tools."""

from __future__ import annotations

from collections.abc import Collection

from livekit.agents import llm

from ..call_state import CallState
from . import declared, dtmf, end_call, transfer
from .turns import turns_of


def build_tools(
    call: CallState, names: Collection[str] | None = None
) -> list[llm.Tool | llm.Toolset]:
    """Return the tools of the agent that takes this call, or those of some names."""
    written = call.profile.tools
    tools: list[llm.Tool | llm.Toolset] = []
    if written.end_call:
        tools.append(end_call.build(call, written.end_call))
    if written.transfer_call:
        tools.append(transfer.build(call, written.transfer_call))
    if written.send_dtmf_events:
        tools.append(dtmf.build(call, written.send_dtmf_events))
    tools += declared.build(call, turns_of(call))
    return [each for each in tools if names is None or each.id in names]
