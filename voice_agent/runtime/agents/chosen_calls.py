"""Calls of tools that no llm has chosen: a reply of the agent that is such a call.

LiveKit then runs the tool as if the llm had called it, with all that holds for it, and the llm
says what came of it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from livekit.agents import AgentSession, llm
from livekit.agents.voice import SpeechHandle

_next: ContextVar[list[llm.FunctionToolCall] | None] = ContextVar("chosen_calls", default=None)
"""The calls that the reply which is about to begin consists of, until it has taken them."""


def call_tool(session: AgentSession[None], tool: str, arguments: Mapping[str, Any]) -> SpeechHandle:
    """Have the agent call a tool with these arguments, and then say what came of it.

    A realtime model cannot be given a call, so it is told which one to make.
    """
    written = json.dumps(arguments, ensure_ascii=False)
    if isinstance(session.llm, llm.RealtimeModel):
        return session.generate_reply(
            instructions=f"Call {tool} now, with exactly these arguments: {written}",
            tool_choice={"type": "function", "function": {"name": tool}},
        )
    call = llm.FunctionToolCall(name=tool, arguments=written, call_id=f"chosen_{uuid4().hex}")
    # The reply is a task, which begins with the context of now.
    token = _next.set([call])
    try:
        # Within a tool, LiveKit would have it call none.
        return session.generate_reply(tool_choice="auto")
    finally:
        _next.reset(token)


def taken() -> AsyncIterator[llm.ChatChunk] | None:
    """Return, once, the reply that is to be a call; None for a reply that is the llm's own."""
    calls = _next.get()
    if not calls:
        return None
    delta = llm.ChoiceDelta(role="assistant", tool_calls=calls[:])
    calls.clear()
    return _reply(llm.ChatChunk(id=f"chosen_{uuid4().hex}", delta=delta))


async def _reply(chunk: llm.ChatChunk) -> AsyncIterator[llm.ChatChunk]:
    yield chunk
