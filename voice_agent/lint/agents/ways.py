"""Warnings on where calls go: agents that nobody gets to, or that nobody gets away from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...format.agents import BACK
from ...format.declared_agents import (
    agents,
    listed,
    menu_keys,
    seen_by,
    tools_of,
    ways,
)
from ...format.declared_tools import get, mapping
from ...format.diagnostics import Diagnostic, quote
from ...format.handoff_walk import Walk
from ...format.yaml_source import Source
from ..tool_rules import MOST_TOOLS
from .texts import offered, told

_ENDS = {"end_call", "transfer_call"}


def way_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the warnings on the agents of a profile, valid or not, and on the ways among them."""
    every = agents(source.data)
    entered = Walk(source.data).entered() if _are_known(source.data) else every
    for name in every:
        if name == BACK:
            continue  # No agent can be called so.
        if name not in entered:
            message = f"nothing leads to the agent {quote(name)}, so no caller ever gets there"
            hint = "name it under the handoffs of another agent, or take it out"
            yield _warning(source, ["agents", name], "unreachable-agent", message, hint)
        elif len(every) > 1 and not _leads_on(source.data, name, every[name]):
            message = f"{quote(name)} neither hands over nor ends the call, so callers stay there"
            hint = "give it a handoff, such as back, or end_call or transfer_call as a tool"
            yield _warning(source, ["agents", name], "dead-end", message, hint)
        yield from _many(source, name)
    if every:
        yield from _of_nobody(source, every)


def _are_known(data: Any) -> bool:
    """Tell whether all handoffs lead to agents: a slip of a name is an error, and says enough."""
    holders = [data, *agents(data).values()]
    have_shape = all(isinstance(each.get("handoffs", {}), Mapping) for each in holders)
    return have_shape and all(way.target in {*agents(data), BACK} for way in ways(data))


def _leads_on(data: Any, name: str, agent: Mapping[str, Any]) -> bool:
    """Tell whether an agent can pass a call on, or end it; what MCP servers do is not known."""
    if not isinstance(agent.get("handoffs", {}), Mapping):
        return True  # That is an error, and says enough.
    by_key = any(way.by_key and way.source == name for way in ways(data))
    by_tool = {*_ENDS, *mapping(get(data, "mcp_servers"))} & tools_of(data, name)
    goes_back = any(key.get("action") == "back" for _, key in menu_keys(data, name))
    return bool(by_key or by_tool or goes_back or any(offered(data, name)))


def _many(source: Source, name: str) -> Iterator[Diagnostic]:
    """Yield a warning on an agent that has more tools and handoffs than a model chooses among."""
    handoffs = sum(told(way) is not None for way in offered(source.data, name))
    count = len({*seen_by(source.data, name)} - {"*"}) + handoffs
    if count > MOST_TOOLS:
        message = f"{quote(name)} has {count} tools and handoffs, of which models choose wrong ones"
        message += ", and answer later"
        hint = f"have at most {MOST_TOOLS}: leave some to another agent"
        yield _warning(source, ["agents", name], "many-tools", message, hint)


def _of_nobody(source: Source, every: Mapping[str, Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """Yield the tools and MCP servers that no agent has."""
    if any(listed(agent) is None for agent in every.values()):
        return  # It has all that the others do not list.
    had = {each for name in every for each in tools_of(source.data, name)}
    for kind, what in (("tools", "tool"), ("mcp_servers", "MCP server")):
        for each in mapping(get(source.data, kind)):
            if each not in had:
                message = f"no agent has the {what} {quote(each)}, as every agent lists its own"
                hint = 'list it under the "tools" of an agent, or take it out'
                yield _warning(source, [kind, each], "unused-tool", message, hint)


def _warning(
    source: Source, where: list[str | int], kind: str, message: str, hint: str
) -> Diagnostic:
    return source.at(source.key(where), kind, message, hint, severity="warning")
