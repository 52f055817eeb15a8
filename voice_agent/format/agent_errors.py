"""Names of agents, tools and variables in a profile's agents that mean nothing there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
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

_CONFLICT = "conflict"
# Unknown names that get a suggestion: no operator reads more, and looking for one takes time.
_MOST_SUGGESTIONS = 500


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
        if way.source == way.target:
            message = f"{quote(way.target)} cannot hand over to itself, as it has the call already"
            hint = "take it out, or name another agent"
            yield source.at(_place(source, way), _CONFLICT, message, hint)
    if incomplete:
        return
    if "handoffs" in data and "agents" not in data:
        message = "handoffs lead from one agent to another, and the profile has no agents"
        hint = 'write what each agent does under "agents", or take this out'
        yield source.at(source.key(["handoffs"]), _CONFLICT, message, hint)
    yield from _References(source).problems()
    yield from _back_to_nobody(source)


def _place(source: Source, way: Way) -> Any:
    return source.value(way.where) if way.by_key else source.key(way.where)


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


class _References:
    """What the agents of a profile, whose data may be of any shape, say of each other."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._data = source.data
        self._agents = agents(source.data)
        self._belongings = belongings(source.data)
        self._every_tool = every_tool(source.data)
        self._variables = variables_of(source.data)
        self._suggestions = 0
        self._seen_by = cache(lambda agent: seen_by(source.data, agent))
        self._has_more = cache(lambda agent: has_every_tool_of_a_server(source.data, agent))

    def problems(self) -> Iterator[Diagnostic]:
        """Yield the names that nothing has, and the conditions that are never met."""
        for way in ways(self._data):
            yield from self._to_nobody(way)
            yield from self._condition(way)
        for name, agent in self._agents.items():
            yield from self._no_such_tools(name, agent)
            for where, key in menu_keys(self._data, name):
                yield from self._no_tool_of_agent([*where, "tool"], key.get("tool"), name)

    def _to_nobody(self, way: Way) -> Iterator[Diagnostic]:
        known = self._agents
        if way.target == BACK or way.target in known or not (known and _is_name(way.target)):
            return
        others = [name for name in known if name not in (way.source, BACK)]
        hint = self._meant(way.target, others) or _add_it("agents", others)
        message = f"there is no agent {quote(way.target)}"
        yield self._source.at(_place(self._source, way), "unknown-agent", message, hint)

    def _condition(self, way: Way) -> Iterator[Diagnostic]:
        when, where = way.when, [*way.where, "when"]
        if when == COLLECTED:
            yield from self._nothing_collected(way)
        elif isinstance(when, Mapping):
            if way.source is None:
                yield from self._no_tool([*where, "tool"], when.get("tool"))
            else:
                yield from self._no_tool_of_agent([*where, "tool"], when.get("tool"), way.source)
            yield from self._of_variable(where, when)

    def _nothing_collected(self, way: Way) -> Iterator[Diagnostic]:
        collects = [self._agents[way.source]] if way.source else self._agents.values()
        if any("collect" in each for each in collects):
            return
        message = (
            f"{quote(way.source)} collects nothing"
            if way.source
            else ("no agent collects anything")
        )
        hint = 'give it a "collect", or say when it hands over, as in when: The caller wants a '
        hint += "table."
        node = self._source.value([*way.where, "when"])
        yield self._source.at(node, _CONFLICT, f"{message}, so this is never so", hint)

    def _no_such_tools(self, name: str, agent: Mapping[str, Any]) -> Iterator[Diagnostic]:
        """Yield the entries under an agent's `tools` that the profile does not have."""
        written = agent.get("tools")
        for number, each in enumerate(written if isinstance(written, list) else ()):
            if isinstance(each, str) and each not in self._belongings:
                node = self._source.value(["agents", name, "tools", number])
                hint = self._of_a_server(each) or self._meant_tool(each, self._belongings)
                message = f"the profile has no tool {quote(each)}"
                yield self._source.at(node, "unknown-tool", message, hint)

    def _of_a_server(self, tool: str) -> str | None:
        """Return that an agent has the tools of a server together, where one is named alone."""
        servers = (str(where[1]) for name, where in of_servers(self._data) if name == tool)
        if (server := next(servers, None)) is None:
            return None
        hint = f"it is one of the MCP server {quote(server)}"
        return f"{hint}: name that, and the agent has all of its tools"

    def _meant_tool(self, name: str, known: Collection[str]) -> str:
        if meant := self._meant(name, known):
            return meant
        if name in RESERVED:
            return f'add it under "tools" of the profile, as in tools: {{{name}: }}'
        return _add_it("tools", known) if known else 'declare it under "tools" of the profile'

    def _no_tool(self, where: Where, name: Any) -> Iterator[Diagnostic]:
        """Yield that no agent has a tool."""
        is_known = name in self._every_tool if isinstance(name, str) else True
        if not is_known and not has_unknown(self._data):
            hint = self._meant_tool(name, self._every_tool)
            message = f"the profile has no tool {quote(name)}"
            yield self._source.at(self._source.value(where), "unknown-tool", message, hint)

    def _no_tool_of_agent(self, where: Where, name: Any, agent: str) -> Iterator[Diagnostic]:
        """Yield that an agent does not have a tool."""
        if not isinstance(name, str) or self._has_more(agent) or name in self._seen_by(agent):
            return
        if name not in self._every_tool:
            yield from self._no_tool(where, name)
            return
        message = f"{quote(agent)} does not have the tool {quote(name)}"
        hint = f'add it under "agents.{agent}.tools"'
        if listed(self._agents[agent]) is None:
            hint = f'another agent lists it: give {quote(agent)} a "tools" that lists it as well'
        yield self._source.at(self._source.value(where), "unknown-tool", message, hint)

    def _of_variable(self, where: Where, when: Mapping[str, Any]) -> Iterator[Diagnostic]:
        """Yield a variable that is not there, and a value that it never has."""
        if not isinstance(name := when.get("variable"), str):
            return
        if name not in self._variables:
            hint = self._meant(name, self._variables)
            hint = hint or f'declare it under "variables": {name}: {{type: string}}'
            node = self._source.value([*where, "variable"])
            message = f"there is no variable {quote(name)}"
            yield self._source.at(node, "unknown-variable", message, hint)
        elif "is" in when and (why := _unfit(when["is"], self._variables[name])):
            message = f"{quote(name)} never has this value, as it {why}"
            yield self._source.at(self._source.value([*where, "is"]), "wrong-value", message)

    def _meant(self, name: str, known: Collection[str]) -> str | None:
        """Return the question whether one of the known names is meant, if one is close."""
        self._suggestions += 1
        close = closest(name, known) if self._suggestions <= _MOST_SUGGESTIONS else None
        return f"did you mean {quote(close)}?" if close else None


def _is_name(target: str) -> bool:
    names = part_at(["agents"])["propertyNames"]
    return re.search(names["pattern"], target) is not None


def _add_it(key: str, others: Collection[str]) -> str:
    """Return what to do about a name that is not among those under a key of the profile."""
    hint = f'add it under "{key}"'
    return f"{hint}, or name {either([*others])}" if others else hint


def _unfit(value: Any, variable: Any) -> str:
    """Return why a variable never has a value; "" where it may have it."""
    kind, enum = get(variable, "type") or "string", get(variable, "enum")
    try:
        fitting(value, kind, enum if isinstance(enum, list) else None)
    except Unfit as why:
        return str(why)
    except (KeyError, TypeError):  # a type that is none, which the schema forbids
        return ""
    return ""
