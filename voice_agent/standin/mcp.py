"""An MCP server that is played: the tools of a snapshot, over streamable HTTP.

The agent's real client talks to it, whether the profile names an address or a program. It keeps no
sessions and sends nothing by itself, which the protocol allows.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from .values import value_of

_VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
_PARSE_ERROR, _INVALID_REQUEST, _NO_METHOD, _INVALID_PARAMS = -32700, -32600, -32601, -32602


@dataclass(frozen=True, slots=True)
class PlayedTool:
    """A tool as the server lists it."""

    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None

    def listed(self) -> dict[str, Any]:
        """Return it as the protocol has it."""
        tool = {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.input_schema,
        }
        return tool if self.output_schema is None else {**tool, "outputSchema": self.output_schema}

    def usual_answer(self) -> Any:
        """Return what it answers where nothing is written: a value of its schema."""
        return {"ok": True} if self.output_schema is None else value_of(self.output_schema)


def played(snapshot: Mapping[str, Mapping[str, Any]]) -> list[PlayedTool]:
    """Return the tools of a server as they stand in a snapshot."""
    return [
        PlayedTool(name, each["description"], each["input_schema"], each.get("output_schema"))
        for name, each in snapshot.items()
    ]


class ToolFails(Exception):
    """The played tool answers that it has failed; the text is what it says."""


Answer: TypeAlias = Callable[[PlayedTool, dict[str, Any]], Awaitable[Any]]
"""What a tool answers to these arguments: data, or a response of HTTP that is sent as it is.

Raises ToolFails.
"""


async def serve(
    request: web.Request, tools: Iterable[PlayedTool], answer: Answer
) -> web.StreamResponse:
    """Answer one request to a server that has these tools."""
    if request.method != "POST":
        return web.Response(status=405, headers={"Allow": "POST"})
    try:
        message = json.loads(await request.read())
    except ValueError:
        return _error(None, _PARSE_ERROR, "The body is not JSON.", status=400)
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return _error(None, _INVALID_REQUEST, "The body is no request of JSON-RPC.", status=400)
    if "id" not in message:  # a notification
        return web.Response(status=202)
    return await _answered(message, {each.name: each for each in tools}, answer)


async def _answered(
    message: dict[str, Any], tools: dict[str, PlayedTool], answer: Answer
) -> web.StreamResponse:
    number, given = message["id"], message.get("params")
    params = given if isinstance(given, dict) else {}
    match message["method"]:
        case "initialize":
            return _result(number, _hello(params))
        case "ping":
            return _result(number, {})
        case "tools/list":
            return _result(number, {"tools": [each.listed() for each in tools.values()]})
        case "tools/call" if (tool := tools.get(str(params.get("name")))) is not None:
            try:
                data = await answer(tool, dict(params.get("arguments") or {}))
            except ToolFails as error:
                return _result(number, {**_content(str(error)), "isError": True})
            if isinstance(data, web.StreamResponse):
                return data
            return _result(number, _told(tool, data))
        case "tools/call":
            name = json.dumps(params.get("name"))
            return _error(number, _INVALID_PARAMS, f"This server has no tool {name}.")
    return _error(number, _NO_METHOD, "The offline stand-in has tools alone.")


def _hello(params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in _VERSIONS else _VERSIONS[-1],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "offline stand-in", "version": "1"},
    }


def _told(tool: PlayedTool, data: Any) -> dict[str, Any]:
    content = _content(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False))
    return content if tool.output_schema is None else {**content, "structuredContent": data}


def _content(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


def _result(number: Any, result: dict[str, Any]) -> web.Response:
    return web.json_response({"jsonrpc": "2.0", "id": number, "result": result})


def _error(number: Any, code: int, sentence: str, status: int = 200) -> web.Response:
    error = {"code": code, "message": sentence}
    return web.json_response({"jsonrpc": "2.0", "id": number, "error": error}, status=status)
