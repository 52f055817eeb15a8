"""The MCP server that is played from a snapshot, as the official client sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from mcp import ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client

from voice_agent.standin import mcp

TOOLS = mcp.played(
    {
        "find_slot": {
            "description": "Finds a slot.",
            "input_schema": {"type": "object", "properties": {"day": {"type": "string"}}},
            "output_schema": {
                "type": "object",
                "properties": {
                    "day": {"type": "string", "format": "date"},
                    "seats": {"type": "integer", "minimum": 3},
                    "room": {"$ref": "#/$defs/room"},
                    "notes": {"type": "string"},
                },
                "required": ["day", "seats", "room"],
                "$defs": {"room": {"enum": ["blue", "red"]}},
            },
        },
        "ring": {"description": "Rings a bell.", "input_schema": {"type": "object"}},
    }
)


async def usual(tool: mcp.PlayedTool, _: dict[str, Any]) -> Any:
    return tool.usual_answer()


@asynccontextmanager
async def client(
    answer: Callable[[mcp.PlayedTool, dict[str, Any]], Awaitable[Any]] = usual,
) -> AsyncIterator[ClientSession]:
    """Serve the tools on the loopback interface, and connect to them."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await mcp.serve(request, TOOLS, answer)

    app = web.Application()
    app.router.add_route("*", "/mcp", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
    try:
        async with (
            streamable_http_client(url) as (reads, writes),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            yield session
    finally:
        await runner.cleanup()


async def test_the_tools_are_listed_as_the_snapshot_has_them() -> None:
    async with client() as session:
        listed = (await session.list_tools()).tools
        await session.send_ping()
    assert [(each.name, each.description) for each in listed] == [
        ("find_slot", "Finds a slot."),
        ("ring", "Rings a bell."),
    ]
    assert [each.input_schema for each in listed] == [each.input_schema for each in TOOLS]
    assert [each.output_schema for each in listed] == [each.output_schema for each in TOOLS]


async def test_without_an_example_a_tool_answers_what_its_schema_allows() -> None:
    async with client() as session:  # which compares the answer with the schema
        found = await session.call_tool("find_slot", {"day": "2026-10-02"})
        rung = await session.call_tool("ring", {})
    assert found.structured_content == {"day": "2026-10-02", "seats": 3, "room": "blue"}
    assert rung.content[0].model_dump()["text"] == '{"ok": true}'


async def test_a_tool_gets_the_arguments_and_answers_what_it_is_told_to() -> None:
    asked: list[Any] = []

    async def answer(tool: mcp.PlayedTool, arguments: dict[str, Any]) -> Any:
        asked.append((tool.name, arguments))
        return "Ding." if len(asked) == 1 else {"rung": 2}

    async with client(answer) as session:
        first = await session.call_tool("ring", {"how": "loud"})
        second = await session.call_tool("ring", {})
    assert asked == [("ring", {"how": "loud"}), ("ring", {})]
    assert [each.content[0].model_dump()["text"] for each in (first, second)] == [
        "Ding.",
        '{"rung": 2}',
    ]


async def test_a_tool_may_fail_by_itself_or_in_its_http() -> None:
    faults: list[Any] = [mcp.ToolFails("The bell is broken."), web.Response(status=500)]

    async def answer(*_: Any) -> Any:
        fault = faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        return fault

    async with client(answer) as session:
        failed = await session.call_tool("ring", {})
        with pytest.raises(MCPError):
            await session.call_tool("ring", {})
    assert failed.is_error
    assert failed.content[0].model_dump()["text"] == "The bell is broken."


async def test_what_the_server_does_not_have_is_an_error_and_no_silence() -> None:
    async with client() as session:
        with pytest.raises(MCPError, match='no tool "sing"'):
            await session.call_tool("sing", {})
        with pytest.raises(MCPError, match="tools alone"):
            await session.list_prompts()
