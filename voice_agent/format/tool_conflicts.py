"""Settings of tools that cannot be true together."""

from __future__ import annotations

from collections.abc import Iterator

from .declared_tools import Written, declared, get, mapping
from .diagnostics import Diagnostic
from .schema import is_realtime
from .yaml_source import Source


def tool_conflicts(source: Source) -> Iterator[Diagnostic]:
    """Yield what tools are told to do and cannot; the data of a profile may be of any shape."""
    for tool in declared(source.data):
        yield from _replaced(source, tool, _is_read(tool))
        yield from _switched(source, tool)
    for server, written in mapping(get(source.data, "mcp_servers")).items():
        for name, treated in mapping(get(written, "tools")).items():
            where = ["mcp_servers", server, "tools", name]
            yield from _replaced(source, Written(name, where, mapping(treated)), is_read=False)


def _replaced(source: Source, tool: Written, is_read: bool) -> Iterator[Diagnostic]:
    if tool.get("on_duplicate") == "replace" and not is_read:
        node = source.value([*tool.where, "on_duplicate"])
        message = "what the first call does cannot be taken back, so a second cannot replace it"
        yield source.at(node, "conflict", message, "write reject, or leave it out")


def _is_read(tool: Written) -> bool:
    http = tool.get("http")
    if isinstance(http, str):
        return http.startswith("GET ")
    return "rpc" not in tool.data and mapping(http).get("method", "GET") == "GET"


def _switched(source: Source, tool: Written) -> Iterator[Diagnostic]:
    own = is_realtime(get(source.data, "llm"))
    for name, choice in mapping(tool.get("switch")).items():
        model = get(choice, "llm")
        if model is not None and (own or is_realtime(model)):
            node = source.key([*tool.where, "switch", name, "llm"])
            message = "a call cannot change to a realtime model, or from one"
            yield source.at(node, "conflict", message, "leave it out")
