"""Names of agents, tools and variables in a profile's agents that mean nothing there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .agents import BACK, COLLECTED
from .declared_agents import (
    Way,
    Where,
    agents,
    belongings,
    first,
    has_every_tool_of_a_server,
    listed,
    menu_keys,
    seen_by,
    ways,
)
from .declared_tools import RESERVED, get, has_unknown, of_servers
from .declared_tools import names as every_tool
from .diagnostics import Diagnostic, quote
from .handoff_walk import Walk
from .schema import part_at
from .typos import closest
from .value_errors import either
from .variable_types import Unfit, fitting
from .variable_uses import variables_of
from .yaml_source import Source

UNKNOWN_AGENT = "unknown-agent"
_CONFLICT = "conflict"


def agent_problems(source: Source, *, incomplete: bool = False) -> Iterator[Diagnostic]:
    """Yield what is named in the agents of a profile and is not there, or leads nowhere.

    What is `incomplete` may name what another file has.
    """
    data = source.data
    if not isinstance(data, dict):
        return
    if BACK in agents(data):
        message = 'no agent can be called "back", which leads to where the call came from'
        yield source.at(source.key(["agents", BACK]), "reserved-name", message, "rename it")
    for way in ways(data):
        yield from _to_itself(source, way)
    if incomplete:
        return
    if "handoffs" in data and "agents" not in data:
        message = "handoffs lead from one agent to another, and the profile has no agents"
        hint = 'write what each agent does under "agents", or take this out'
        yield source.at(source.key(["handoffs"]), _CONFLICT, message, hint)
    for way in ways(data):
        yield from _to_nobody(source, way)
        yield from _condition(source, way)
    for name, agent in agents(data).items():
        yield from _no_such_tools(source, name, agent)
        for where, key in menu_keys(data, name):
            yield from _no_tool_of_agent(source, [*where, "tool"], key.get("tool"), name)
    yield from _back_to_nobody(source)


def _place(source: Source, way: Way) -> Any:
    return source.value(way.where) if way.by_key else source.key(way.where)


def _to_itself(source: Source, way: Way) -> Iterator[Diagnostic]:
    if way.source == way.target:
        message = f"{quote(way.target)} cannot hand over to itself, as it has the call already"
        hint = "take it out, or name another agent"
        yield source.at(_place(source, way), _CONFLICT, message, hint)


def _to_nobody(source: Source, way: Way) -> Iterator[Diagnostic]:
    known = agents(source.data)
    if way.target == BACK or way.target in known or not (known and _is_name(way.target)):
        return
    others = [name for name in known if name not in (way.source, BACK)]
    yield unknown_agent(source, _place(source, way), way.target, others)


def _is_name(target: str) -> bool:
    names = part_at(["agents"])["propertyNames"]
    return re.search(names["pattern"], target) is not None


def unknown_agent(source: Source, place: Any, name: str, known: Collection[str]) -> Diagnostic:
    """Return the problem of a name that no agent has; `known` are those that may stand there."""
    close = closest(name, known)
    hint = f"did you mean {quote(close)}?" if close else _there(known, "agents")
    return source.at(place, UNKNOWN_AGENT, f"there is no agent {quote(name)}", hint)


def _there(known: Collection[str], key: str) -> str:
    """Return what to do about a name that is not among those under a key of the profile."""
    hint = f'add it under "{key}"'
    return f"{hint}, or name {either([*known])}" if known else hint


def _condition(source: Source, way: Way) -> Iterator[Diagnostic]:
    when, where = way.when, [*way.where, "when"]
    if when == COLLECTED:
        yield from _nothing_collected(source, way)
    elif isinstance(when, Mapping):
        if way.source is None:
            yield from _no_tool(source, [*where, "tool"], when.get("tool"))
        else:
            yield from _no_tool_of_agent(source, [*where, "tool"], when.get("tool"), way.source)
        yield from _of_variable(source, where, when)


def _nothing_collected(source: Source, way: Way) -> Iterator[Diagnostic]:
    every = agents(source.data)
    collects = every.values() if way.source is None else [every[way.source]]
    if any("collect" in each for each in collects):
        return
    whose = quote(way.source) if way.source else "no agent"
    message = f"{whose} collects nothing" if way.source else "no agent collects anything"
    message += ", so this is never so"
    hint = 'give it a "collect", or say when it hands over, as in when: The caller wants a table.'
    yield source.at(source.value([*way.where, "when"]), _CONFLICT, message, hint)


def _no_such_tools(source: Source, name: str, agent: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield the entries under an agent's `tools` that the profile does not have."""
    known = belongings(source.data)
    written = agent.get("tools")
    for number, each in enumerate(written if isinstance(written, list) else ()):
        if isinstance(each, str) and each not in known:
            node = source.value(["agents", name, "tools", number])
            hint = _of_a_server(source, each) or _meant_tool(each, known)
            message = f"the profile has no tool {quote(each)}"
            yield source.at(node, "unknown-tool", message, hint)


def _of_a_server(source: Source, tool: str) -> str | None:
    """Return that an agent has the tools of a server together, where one is named alone."""
    for name, where in of_servers(source.data):
        if name == tool:
            server = quote(str(where[1]))
            return f"it is one of the MCP server {server}: name that, and the agent has all of its"
    return None


def _meant_tool(name: str, known: Collection[str]) -> str:
    if close := closest(name, known):
        return f"did you mean {quote(close)}?"
    if name in RESERVED:
        return f'add it under "tools" of the profile, as in tools: {{{name}: }}'
    return f"{_there(known, 'tools')}" if known else 'declare it under "tools" of the profile'


def _no_tool(source: Source, where: Where, name: Any) -> Iterator[Diagnostic]:
    """Yield that no agent has a tool."""
    known = every_tool(source.data)
    if isinstance(name, str) and name not in known and not has_unknown(source.data):
        message = f"the profile has no tool {quote(name)}"
        yield source.at(source.value(where), "unknown-tool", message, _meant_tool(name, known))


def _no_tool_of_agent(source: Source, where: Where, name: Any, agent: str) -> Iterator[Diagnostic]:
    """Yield that an agent does not have a tool."""
    if not isinstance(name, str) or has_every_tool_of_a_server(source.data, agent):
        return
    own = seen_by(source.data, agent)
    if name in own:
        return
    if name not in every_tool(source.data):
        yield from _no_tool(source, where, name)
        return
    message = f"{quote(agent)} does not have the tool {quote(name)}"
    has_list = listed(agents(source.data)[agent]) is not None
    hint = (
        f'add it under "agents.{agent}.tools"'
        if has_list
        else (f'another agent lists it: give {quote(agent)} a "tools" that lists it as well')
    )
    yield source.at(source.value(where), "unknown-tool", message, hint)


def _of_variable(source: Source, where: Where, when: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield a variable that is not there, and a value that it never has."""
    name = when.get("variable")
    known = variables_of(source.data)
    if not isinstance(name, str):
        return
    if name not in known:
        close = closest(name, known)
        hint = (
            f"did you mean {quote(close)}?"
            if close
            else (f'declare it under "variables": {name}: {{type: string}}')
        )
        node = source.value([*where, "variable"])
        yield source.at(node, "unknown-variable", f"there is no variable {quote(name)}", hint)
    elif "is" in when:
        kind, enum = get(known[name], "type") or "string", get(known[name], "enum")
        try:
            fitting(when["is"], kind, enum if isinstance(enum, list) else None)
        except (Unfit, KeyError, TypeError) as why:
            if isinstance(why, Unfit):
                message = f"{quote(name)} never has this value, as it {why}"
                yield source.at(source.value([*where, "is"]), "wrong-value", message)


def _back_to_nobody(source: Source) -> Iterator[Diagnostic]:
    """Yield the ways back of the agent that takes the call, where nothing leads to that."""
    begins, entered = first(source.data), Walk(source.data).entered()
    sources = [way.source for way in ways(source.data) if way.target == begins]
    if any(each is None or each in entered for each in sources):
        return
    for way in ways(source.data):
        if way.source == begins and way.target == BACK:
            message = f"{quote(str(begins))} takes the call, and no handoff leads to it, so there "
            message += "is nowhere to go back to"
            yield source.at(_place(source, way), _CONFLICT, message, "take it out")
