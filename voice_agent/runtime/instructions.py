"""What the agent of a call is told, as LiveKit has instructions."""

from __future__ import annotations

from livekit.agents.llm.chat_context import Instructions

from .call_state import CallState


def instructions(call: CallState) -> str | Instructions:
    """Return what the llm is told, with the values of now and with what tools have added."""
    prompt = call.values.prompt()
    dynamic = "\n\n".join(filter(None, (prompt.dynamic, *call.additions.values()))) or None
    if prompt.audio is None and prompt.text is None and dynamic is None:
        return prompt.common
    return Instructions(prompt.common, audio=prompt.audio, text=prompt.text, dynamic=dynamic)
