"""The time in which something is collected that nobody else may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.agents import (
    AgentSession,
    ConversationItemAddedEvent,
    FunctionToolsExecutedEvent,
    UserInputTranscribedEvent,
    llm,
)

from ...call_state import CallState
from ...redaction import REDACTED


@asynccontextmanager
async def in_private(call: CallState, session: AgentSession[None]) -> AsyncIterator[None]:
    """Keep what is said out of logs and transcripts, and then out of the session's history.

    LiveKit writes its own record of a call from that history. The llm reads that of the agent.
    """
    redaction, items = call.redaction, set[str]()

    def added(event: ConversationItemAddedEvent) -> None:
        if isinstance(event.item, llm.ChatMessage):
            items.add(event.item.id)
            redaction.heard(event.item.text_content or "")

    def transcribed(event: UserInputTranscribedEvent) -> None:
        redaction.heard(event.transcript)

    def executed(event: FunctionToolsExecutedEvent) -> None:
        for made in (*event.function_calls, *event.function_call_outputs):
            if isinstance(made, llm.FunctionCall | llm.FunctionCallOutput):
                items.add(made.id)

    session.on("conversation_item_added", added)
    session.on("user_input_transcribed", transcribed)
    session.on("function_tools_executed", executed)
    try:
        with redaction.private():
            yield
    finally:
        session.off("conversation_item_added", added)
        session.off("user_input_transcribed", transcribed)
        session.off("function_tools_executed", executed)
        _empty(session.history, items)


def _empty(history: llm.ChatContext, ids: set[str]) -> None:
    for number, item in enumerate(history.items):
        if item.id in ids:
            history.items[number] = _emptied(item)


def _emptied(item: llm.ChatItem) -> llm.ChatItem:
    if isinstance(item, llm.ChatMessage):
        return item.model_copy(update={"content": [REDACTED]})
    if isinstance(item, llm.FunctionCall):
        return item.model_copy(update={"arguments": "{}"})
    if isinstance(item, llm.FunctionCallOutput):
        return item.model_copy(update={"output": REDACTED})
    return item
