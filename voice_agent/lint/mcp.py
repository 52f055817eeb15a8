"""Warnings on MCP servers: what is not checked, and what differs from the snapshot of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..format import mcp_package
from ..format.declared_tools import allowed
from ..format.diagnostics import Diagnostic, quote
from ..format.mcp_names import ALL, servers_of
from ..format.mcp_snapshot import BadSnapshot, Tools, load, path_for
from ..format.typos import closest
from ..format.yaml_source import Source

_KIND = "not-on-server"
_MOST_NAMES = 10


def mcp_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the warnings on the MCP servers of a profile."""
    servers = servers_of(source.data)
    if not servers:
        return
    if not mcp_package.is_installed():
        message = "the package for MCP servers is not installed, and no call can be taken"
        node = source.key(["mcp_servers"])
        hint = f"type: {mcp_package.INSTALL}"
        yield source.at(node, "mcp-not-installed", message, hint, severity="warning")
    pull = f'with the command "pull {Path(source.path).stem}"'
    try:
        snapshot = load(source.path)
    except BadSnapshot as why:
        message = f"the snapshot {path_for(source.path).name} cannot be used: {why}"
        node = source.key(["mcp_servers"])
        yield source.at(node, "no-snapshot", message, f"write it anew {pull}", severity="warning")
        return
    for name, server in servers.items():
        if ALL in allowed(server):
            yield _every_tool(source, name, server)
        if name not in snapshot:
            message = f"nobody has asked {quote(name)} for its tools yet, so nothing checks them"
            message += ", and a rehearsal cannot play it"
            place = source.key(["mcp_servers", name])
            yield source.at(place, "no-snapshot", message, f"ask it {pull}", severity="warning")
        else:
            yield from _differences(source, name, server, snapshot[name])


def _every_tool(source: Source, name: str, server: Mapping[str, Any]) -> Diagnostic:
    number = server["allowed_tools"].index(ALL)
    place = source.value(["mcp_servers", name, "allowed_tools", number])
    message = "every tool of the server is offered, those as well that it gets tomorrow"
    hint = "name those that the agent needs: each takes time in every answer"
    return source.at(place, "every-tool", message, hint, severity="warning")


def _differences(
    source: Source, name: str, server: Mapping[str, Any], tools: Tools
) -> Iterator[Diagnostic]:
    for number, tool in enumerate(server.get("allowed_tools", ())):
        if isinstance(tool, str) and tool not in tools and tool != ALL:
            place = source.value(["mcp_servers", name, "allowed_tools", number])
            yield _unknown(source, place, f"the server has no tool {quote(tool)}", tool, tools)
    options = server.get("tools")
    for tool, written in (options if isinstance(options, dict) else {}).items():
        if tool not in tools:
            if ALL in allowed(server):
                place = source.key(["mcp_servers", name, "tools", tool])
                yield _unknown(source, place, f"the server has no tool {quote(tool)}", tool, tools)
            continue
        values = written.get("values") if isinstance(written, dict) else None
        known = tools[tool].parameters
        for each in values if isinstance(values, dict) else ():
            if each not in known:
                place = source.key(["mcp_servers", name, "tools", tool, "values", each])
                message = f"{quote(tool)} has no parameter {quote(str(each))}"
                yield _unknown(source, place, message, each, known)


def _unknown(
    source: Source, place: Any, message: str, word: object, known: Iterable[str]
) -> Diagnostic:
    if close := closest(str(word), known):
        hint = f"did you mean {quote(close)}?"
    else:
        again = f'if it has changed, ask it again with "pull {Path(source.path).stem}"'
        hint = f"it has {_listed(sorted(known))}; {again}"
    return source.at(place, _KIND, message, hint, severity="warning")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES]) or "none at all"
    return f"{shown} and {more} more" if more > 0 else shown
