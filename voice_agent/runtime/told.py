"""What the agent of one call is told: its instructions, with the values of the call and more."""

from __future__ import annotations

from livekit.agents.llm.chat_context import ChatContext, Instructions

from .call_state import CallState


def instructions(call: CallState, agent: str | None = None) -> str | Instructions:
    """Return the instructions, with the values that variables have by now and what tools add.

    `agent` is the one of several whose they are; without it, they are those of the one that holds.

    What differs from call to call is in LiveKit's `dynamic`, after the words that all calls share.
    """
    prompt = call.values.prompt(agent or call.agent)
    dynamic = "\n\n".join(filter(None, (prompt.dynamic, *call.additions.values())))
    if not (dynamic or prompt.audio or prompt.text):
        return prompt.common
    return Instructions(
        prompt.common, audio=prompt.audio, text=prompt.text, dynamic=dynamic or None
    )


def earlier(call: CallState) -> ChatContext:
    """Return the earlier talk that the call goes on with."""
    context = ChatContext()
    for message in call.values.talk:
        context.add_message(role=message.role, content=message.content)
    return context
