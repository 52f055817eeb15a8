"""A language model in this process that says what a test wants, when the test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions

from voice_agent.runtime.session import ProfileSession

Part = str | llm.FunctionToolCall | asyncio.Event
Reply = str | llm.FunctionToolCall | Sequence[Part]


class ScriptedLLM(llm.LLM):
    """Answers with the next of `replies`, each once `may_speak` is set.

    A list is one reply: what is said, the tools that are called with it, and what is waited for
    in between, so that the agent is still speaking. `asked` has the messages of each request, as
    OpenAI's API has them, and `offered` the names of its tools.
    """

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = list(replies)
        self.asked: list[list[dict[str, Any]]] = []
        self.offered: list[list[str]] = []
        self.may_speak = asyncio.Event()
        self.may_speak.set()

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> llm.LLMStream:
        self.asked.append(chat_ctx.to_provider_format("openai")[0])
        self.offered.append([each.id for each in tools or []])
        return _Stream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _Stream(llm.LLMStream):
    async def _run(self) -> None:
        model = self._llm
        assert isinstance(model, ScriptedLLM)
        await model.may_speak.wait()
        reply = model.replies.pop(0)
        for part in reply if isinstance(reply, list | tuple) else [reply]:
            if isinstance(part, asyncio.Event):
                await part.wait()
                continue
            if isinstance(part, str):
                delta = llm.ChoiceDelta(role="assistant", content=part)
            else:
                delta = llm.ChoiceDelta(role="assistant", tool_calls=[part])
            self._event_ch.send_nowait(llm.ChatChunk(id="reply", delta=delta))


def agent(*, allow_interruptions: bool, tools: list[llm.Tool] | None = None) -> Agent:
    """Return an agent whose speech may be cut, or may not."""
    handling = {"interruption": {"enabled": allow_interruptions}}
    return Agent(instructions="Be brief.", tools=tools, turn_handling=handling)  # type: ignore[arg-type]


def session(model: ScriptedLLM) -> ProfileSession:
    """Return a session in text whose model is `model`."""
    return ProfileSession(llm=model)


def conversation(of: AgentSession[None]) -> list[str]:
    """Return what was said so far by both sides, in order."""
    return [message.text_content or "" for message in of.history.messages()]


def collect_losses() -> list[str]:
    """Return a list that gets what asyncio would only log: exceptions that nobody awaited."""
    lost: list[str] = []
    note: Callable[[Any, dict[str, Any]], None] = lambda _, context: lost.append(str(context))  # noqa: E731
    asyncio.get_running_loop().set_exception_handler(note)
    return lost
