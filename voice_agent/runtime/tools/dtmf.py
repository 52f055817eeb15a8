"""The tool `send_dtmf_events`: LiveKit's own, which presses the keys of a real telephone."""

from __future__ import annotations

from livekit.agents import RunContext, function_tool, llm
from livekit.agents.beta.tools import send_dtmf_events
from livekit.agents.beta.workflows.utils import DtmfEvent

from ...format.tools import SendDtmfEvents
from ..call_state import CallState
from . import telephone
from .noted import Noted


def build(call: CallState, written: SendDtmfEvents) -> llm.Tool:
    """Return the tool by which the agent of this call presses keys."""

    async def press(context: RunContext[None], events: list[DtmfEvent]) -> str:
        keys = " ".join(each.value for each in events)
        with Noted(call, name, events=[each.value for each in events]) as noted:
            pretended = telephone.in_room(call) is None
            if pretended:
                told = f"Successfully sent DTMF events: {keys}"
            else:
                told = await send_dtmf_events(context, events)
            if not told.startswith("Successfully"):
                return noted.failed(told)
            call.note("dtmf_sent", name, keys=keys, pretended=pretended)
            return noted.done(told)

    name = send_dtmf_events.info.name
    description = "\n".join(filter(None, [send_dtmf_events.info.description, written.description]))
    return function_tool(press, name=name, description=description)
