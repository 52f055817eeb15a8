"""Calls go from one agent to another offline, as LiveKit's own client sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, RunContext, function_tool, inference
from livekit.agents.llm import ChatContext, Tool
from support.clients import access, clients

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

pytestmark = pytest.mark.usefixtures("fast_llm")

_TIMEOUT = 10.0  # seconds
AGENTS = {"reception": "Find out what the caller wants.", "booking": "Book a table."}
PEOPLE = {"type": "integer", "description": "How many will come."}
SEEN = {
    "name": "handoff_to_booking",
    "description": "The caller wants a table.",
    "parameters": {"type": "object", "properties": {"people": PEOPLE}, "required": ["people"]},
}


class Booking(Agent):
    """An agent that speaks as soon as it has the call."""

    async def on_enter(self) -> None:
        self.session.generate_reply()


def handing_over(*, kept: bool) -> Tool:
    """Return the tool of a handoff; the next agent knows what was said where it is `kept`."""

    async def hand_over(raw_arguments: dict[str, Any], context: RunContext[None]) -> Agent:
        said = context.session.history.copy(exclude_function_call=True, exclude_instructions=True)
        return Booking(
            instructions="Be brief.\n\nBook a table.",
            chat_ctx=said if kept else ChatContext.empty(),
        )

    return function_tool(hand_over, raw_schema=SEEN)


@asynccontextmanager
async def reception(
    *replies: Any, kept: bool = True, agents: dict[str, str] = AGENTS
) -> AsyncIterator[tuple[AgentSession[None], list[str]]]:
    """Talk in text to the first of two agents; what is said is in the list."""
    said: list[str] = []
    async with Gateway() as gateway, clients():
        url = await gateway.register(KnownCall(tuple(replies), agents=agents))
        llm = inference.LLM("openai/gpt-4.1-mini", **access(url))
        async with aclosing(llm), AgentSession[None](llm=llm) as session:

            @session.on("conversation_item_added")
            def _(event: Any) -> None:
                if event.item.type == "message":
                    said.append(event.item.text_content or "")

            first = "Be brief.\n\nFind out what the caller wants."
            await session.start(Agent(instructions=first, tools=[handing_over(kept=kept)]))
            yield session, said


async def say(session: AgentSession[None], said: list[str], text: str) -> str:
    """Say something, and return what the agent says after it."""
    before = len(said)
    session.generate_reply(user_input=text)

    async def answered() -> None:
        while len(said) < before + 2:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(answered(), _TIMEOUT)
    return said[-1]


async def test_who_asks_for_it_is_handed_over_once_all_is_known_and_hears_who_it_is() -> None:
    async with reception(kept=False) as (session, said):
        question = await say(session, said, "A table, please.")
        assert question == "For booking I still need to know: How many will come."
        told = await say(session, said, "Four.")
    assert told.startswith("This is booking. I was told: Book a table.")


async def test_replies_go_on_after_a_handoff_whether_or_not_the_talk_is_kept() -> None:
    call = {"call": "handoff_to_booking", "with": {"people": 4}}
    for kept in (True, False):
        replies = (call, "This is the booking desk.", "For when?")
        async with reception(*replies, kept=kept) as (session, said):
            assert await say(session, said, "A table for four.") == "This is the booking desk."
            assert await say(session, said, "Yes.") == "For when?"


async def test_a_summary_is_no_turn_and_uses_up_no_reply() -> None:
    async with Gateway() as gateway, clients():
        url = await gateway.register(KnownCall(("Hello.", "Goodbye.")))
        async with aclosing(inference.LLM("openai/gpt-4.1-mini", **access(url))) as llm:
            talk = ChatContext.empty()
            talk.add_message(role="system", content="Be brief.")
            talk.add_message(role="user", content="A table for four.")
            assert await answer(llm, talk) == "Hello."
            talk.add_message(role="assistant", content="Hello.")
            talk.add_message(role="user", content="Tomorrow at seven.")
            summary = await talk.copy()._summarize(llm, keep_last_turns=0)
            written = summary.items[-1].text_content  # type: ignore[union-attr]
            assert "The caller said: A table for four. Tomorrow at seven." in str(written)
            assert await answer(llm, talk) == "Goodbye."


async def answer(llm: inference.LLM, talk: ChatContext) -> str:
    """Return what the language model says next."""
    async with llm.chat(chat_ctx=talk) as stream:
        return "".join([chunk.delta.content or "" async for chunk in stream if chunk.delta])
