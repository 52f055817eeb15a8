"""The MCP servers of a call, as the stand-in plays them, asked by LiveKit's own client."""

from __future__ import annotations

import json

import aiohttp
import pytest
from livekit.agents.llm import ToolError, mcp

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.service import Service

SNAPSHOT = {
    "calendar": {
        "find_slot": {
            "description": "Finds a free hour.",
            "input_schema": {
                "type": "object",
                "properties": {"day": {"type": "string", "format": "date"}},
                "required": ["day"],
            },
        }
    }
}


async def test_a_server_has_the_tools_of_its_snapshot_and_fails_as_it_is_told() -> None:
    answers = ({"response": {"hour": 9}}, {"status": 500})
    known = KnownCall(mcp=SNAPSHOT, services={"find_slot": Service(kind="mcp", answers=answers)})
    async with Gateway() as gateway, aiohttp.ClientSession() as http:
        base = (await gateway.register(known)).removesuffix("/v1") + "/services"
        server = mcp.MCPServerHTTP(url=f"{base}/mcp/calendar", transport_type="streamable_http")
        await server.initialize()
        try:
            (tool,) = await server.list_tools()
            told = await tool(raw_arguments={"day": "2026-10-02"})
            with pytest.raises(ToolError):
                await tool(raw_arguments={"day": "soon"})
        finally:
            await server.aclose()
        async with http.get(base) as response:
            received = await response.json()
        async with http.post(f"{base}/mcp/elsewhere") as response:
            assert response.status == 404
    assert '"hour' in json.dumps(told)
    assert [each["arguments"]["day"] for each in received] == ["2026-10-02", "soon"]
    assert received[0]["problems"] == []
    assert received[1]["problems"] == [
        'The argument "day" is "soon", which its schema does not allow.'
    ]
