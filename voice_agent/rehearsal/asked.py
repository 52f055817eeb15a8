"""What the language model of a call is asked, each time that it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import AgentSession, llm


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the language model; `at` is in seconds of `time.monotonic`."""

    at: float
    items: tuple[llm.ChatItem, ...]
    """The talk as it was then."""
    tools: frozenset[str]
    """The names of the tools that it is offered."""

    @property
    def outputs(self) -> list[llm.FunctionCallOutput]:
        """What it is told of the tools that were called."""
        return outputs(self.items)


def outputs(items: Sequence[llm.ChatItem]) -> list[llm.FunctionCallOutput]:
    """Return what tools have brought, of all that was said and done in a talk."""
    return [each for each in items if isinstance(each, llm.FunctionCallOutput)]


def note_requests(session: AgentSession[None]) -> list[Asked]:
    """Return a list to which every request to the language model is added from now on.

    A realtime model is asked nothing, as it keeps the talk itself.
    """
    model, asked = session.llm, list[Asked]()
    if not isinstance(model, llm.LLM):
        return asked
    chat = model.chat

    def noting(
        *, chat_ctx: llm.ChatContext, tools: list[llm.Tool] | None = None, **rest: Any
    ) -> llm.LLMStream:
        names = frozenset(llm.ToolContext(tools or []).function_tools)
        asked.append(Asked(time.monotonic(), tuple(chat_ctx.copy().items), names))
        return chat(chat_ctx=chat_ctx, tools=tools, **rest)

    model.chat = noting  # type: ignore[method-assign]
    return asked
