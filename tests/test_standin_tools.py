"""The stand-in's language models call tools, as LiveKit's own clients see it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from livekit.agents import Agent, AgentSession, RunContext, function_tool, inference
from livekit.agents.llm import ChatContext, FunctionToolCall, Tool
from support.clients import BEARER, ONCE, access, clients, until, websocket

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.testing.faults import Fault
from voice_agent.standin.testing.instruments import TestInstruments

pytestmark = pytest.mark.usefixtures("fast_llm")

FOUR = {"call": "book_table", "with": {"people": 4, "name": "Ada"}, "say": "One moment."}
TWO = {"call": "book_table", "with": {"people": 2}}
SCHEMA = {
    "name": "book_table",
    "description": "Books a table.",
    "parameters": {
        "type": "object",
        "properties": {
            "people": {"type": "integer", "description": "How many will come."},
            "name": {"type": "string"},
        },
        "required": ["people"],
    },
}


def booking(asked: list[dict[str, Any]], answer: Callable[[], str] = lambda: "") -> Tool:
    """A tool that notes what it is asked for, and answers."""

    async def book(raw_arguments: dict[str, object], context: RunContext[None]) -> str:
        asked.append(dict(raw_arguments))
        return answer() or json.dumps({"id": "B-17", "table": {"name": "window"}})

    return function_tool(book, raw_schema=SCHEMA)


@asynccontextmanager
async def talking(
    *replies: Any, tools: list[Tool] | None = None, **session: Any
) -> AsyncIterator[AgentSession[None]]:
    """Talk in text to an agent whose language model is the stand-in's."""
    async with Gateway() as gateway, clients():
        keys = access(await gateway.register(KnownCall(replies)))
        llm = inference.LLM("openai/gpt-4.1-mini", **keys)
        async with AgentSession[None](llm=llm, **session) as talk:
            await talk.start(Agent(instructions="Be brief.", tools=tools or []))
            yield talk
        await llm.aclose()


async def said(session: AgentSession[None], text: str) -> list[str]:
    """Say something to an agent, and return what it says and calls."""
    result = await session.run(user_input=text)
    told = []
    for event in result.events:
        if event.type == "message" and event.item.role == "assistant":
            told.append(event.item.text_content or "")
        elif event.type == "function_call":
            told.append(f"{event.item.name}({event.item.arguments})")
    return told


async def test_a_reply_that_calls_tools_reaches_livekit_s_client_in_one_batch() -> None:
    async with Gateway() as gateway, clients():
        llm = inference.LLM(
            "openai/gpt-4.1-mini", **access(await gateway.register(KnownCall(([FOUR, TWO],))))
        )
        conversation = ChatContext.empty()
        conversation.add_message(role="user", content="Book two tables.")
        async with llm.chat(
            chat_ctx=conversation, tools=[booking([])], conn_options=ONCE
        ) as stream:
            chunks = [chunk async for chunk in stream]
        await llm.aclose()
    deltas = [chunk.delta for chunk in chunks if chunk.delta]
    calls: list[FunctionToolCall] = [call for delta in deltas for call in delta.tool_calls]
    assert "".join(delta.content or "" for delta in deltas) == "One moment."
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("book_table", FOUR["with"]),
        ("book_table", TWO["with"]),
    ]
    assert len({call.call_id for call in calls}) == 2


async def test_a_tool_that_is_called_runs_and_the_next_reply_comes_after_it() -> None:
    asked: list[dict[str, Any]] = []
    replies = ("For how many?", FOUR, "It is booked.", "You are welcome.")
    async with talking(*replies, tools=[booking(asked)]) as session:
        assert await said(session, "A table.") == ["For how many?"]
        first, second, last = await said(session, "Four.")
        assert (first, last) == ("One moment.", "It is booked.")
        assert second == f"book_table({json.dumps(FOUR['with'])})"
        assert await said(session, "Thanks.") == ["You are welcome."]
    assert asked == [FOUR["with"]]


async def test_calls_of_one_batch_are_answered_once() -> None:
    asked: list[dict[str, Any]] = []
    async with talking([TWO, FOUR], "Both are booked.", tools=[booking(asked)]) as session:
        assert (await said(session, "Two tables."))[-1] == "Both are booked."
    assert sorted(each["people"] for each in asked) == [2, 4]


async def test_an_answer_that_may_call_no_tool_is_made_without_one() -> None:
    asked: list[dict[str, Any]] = []
    replies = (TWO, {"call": "book_table", "with": {"people": 3}}, FOUR, "Done.")
    async with talking(*replies, tools=[booking(asked)], max_tool_steps=1) as session:
        told = await said(session, "A table.")
    assert [each["people"] for each in asked] == [2, 3]
    assert told[-1] == "One moment."


async def test_a_call_comes_in_one_piece_where_no_stream_is_asked_for() -> None:
    async with Gateway() as gateway, aiohttp.ClientSession(headers=BEARER) as http:
        url = await gateway.register(KnownCall((TWO,)))
        body = {"model": "a/b", "messages": [{"role": "user", "content": "Book."}]}
        async with http.post(f"{url}/chat/completions", json=body) as response:
            choice = (await response.json())["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert (call["type"], call["function"]) == (
        "function",
        {"name": "book_table", "arguments": json.dumps(TWO["with"])},
    )


async def test_a_call_that_breaks_off_is_made_again_when_it_is_asked_for_again() -> None:
    asked: list[dict[str, Any]] = []
    faults = TestInstruments(misbehave=[Fault.parse("llm=drop*1")])
    async with Gateway(instruments=faults) as gateway, clients():
        known = KnownCall((TWO | {"with": {"people": 2, "name": "A name that is long"}}, "Booked."))
        llm = inference.LLM("openai/gpt-4.1-mini", **access(await gateway.register(known)))
        async with AgentSession[None](llm=llm) as session:
            await session.start(Agent(instructions="Be brief.", tools=[booking(asked)]))
            assert (await said(session, "A table."))[-1] == "Booked."
        await llm.aclose()
    assert [each["people"] for each in asked] == [2]


async def test_without_replies_it_calls_what_is_plainly_asked_for_and_tells_what_came_of_it() -> (
    None
):
    asked: list[dict[str, Any]] = []
    async with talking(tools=[booking(asked)]) as session:
        (question,) = await said(session, "I would like to book a table, please.")
        assert question == "For book table I still need to know: How many will come."
        call, told = await said(session, "We are four.")
        assert call == 'book_table({"people": 4})'
        assert "B-17" in told
        assert "table name window" in told
        assert len(await said(session, "Thank you.")) == 1
    assert asked == [{"people": 4}]


async def test_a_failure_is_told_as_the_tool_tells_it() -> None:
    gone = "That time is gone. Offer another."
    async with talking(tools=[booking([], lambda: gone)]) as session:
        _, told = await said(session, "Book a table for four people.")
    assert told == gone


async def written(ws: aiohttp.ClientWebSocketResponse, **wanted: Any) -> list[dict[str, Any]]:
    """Have a realtime model answer in writing, and return its events."""
    await ws.send_json(
        {"type": "response.create", "response": {"output_modalities": ["text"], **wanted}}
    )
    events = []
    while not events or events[-1]["type"] != "response.done":
        events.append(dict(await ws.receive_json(timeout=10)))
    return events


async def test_a_realtime_model_calls_tools_in_the_events_of_openai() -> None:
    async with Gateway() as gateway:
        url = await gateway.register(KnownCall((FOUR, "It is booked.")))
        async with websocket(f"{url}/realtime?model=openai/gpt-realtime") as ws:
            events = await written(ws)
            kinds = [event["type"] for event in events]
            assert kinds.index("response.output_text.delta") < kinds.index(
                "response.function_call_arguments.delta"
            )
            done = [each["item"] for each in events if each["type"] == "response.output_item.done"]
            assert [each["type"] for each in done] == ["message", "function_call"]
            assert json.loads(done[1]["arguments"]) == FOUR["with"]
            places = [
                each["output_index"]
                for each in events
                if each["type"] == "response.output_item.added"
            ]
            assert places == [0, 1]
            output = {
                "type": "function_call_output",
                "call_id": done[1]["call_id"],
                "output": "{}",
            }
            await ws.send_json({"type": "conversation.item.create", "item": output})
            events = await written(ws)
            texts = [
                each["delta"] for each in events if each["type"] == "response.output_text.delta"
            ]
    assert texts == ["It is booked."]


@asynccontextmanager
async def realtime(
    *replies: Any, tools: list[Tool]
) -> AsyncIterator[tuple[AgentSession[None], list[str]]]:
    """Talk in text to an agent whose realtime model is the stand-in's; what the agent says."""
    told: list[str] = []
    async with Gateway() as gateway, clients():
        keys = access(await gateway.register(KnownCall(replies)))
        model = inference.RealtimeModel("openai/gpt-realtime", modalities=["text"], **keys)
        async with AgentSession[None](llm=model) as session:

            @session.on("conversation_item_added")
            def _(event: Any) -> None:
                if event.item.type == "message" and event.item.role == "assistant":
                    told.append(event.item.text_content or "")

            await session.start(Agent(instructions="Be brief.", tools=tools))
            yield session, told
        await model.aclose()


async def test_livekit_s_realtime_client_runs_the_tool_and_gets_the_next_reply() -> None:
    asked: list[dict[str, Any]] = []
    async with realtime(TWO, "It is booked.", tools=[booking(asked)]) as (session, told):
        session.generate_reply(user_input="A table for two.")
        await until(lambda: "It is booked." in told)
    assert asked == [TWO["with"]]


async def test_a_realtime_model_calls_what_is_plainly_asked_for() -> None:
    asked: list[dict[str, Any]] = []
    async with realtime(tools=[booking(asked)]) as (session, told):
        session.generate_reply(user_input="Please book a table for four people.")
        await until(lambda: any("B-17" in each for each in told))
    assert asked == [{"people": 4}]
