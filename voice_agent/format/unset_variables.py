"""Variables that are used where they may have no value: too early in a call, or in an agent.

An agent may be entered by several ways, and a variable must have a value on all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

from yaml.nodes import Node

from .declared_agents import Way, agents, tools_of, ways
from .declared_fields import Field, required
from .declared_fields import fields as fields_of
from .declared_tools import get, mapping
from .diagnostics import Diagnostic, quote
from .handoff_walk import Entry, Walk, in_words
from .implied import collections
from .secret_errors import Scalar, placed, scalars
from .tools import Variable
from .variable_uses import Where, declared, names_written, variables_of
from .yaml_source import Source

_KEYS = {field.name for field in fields(Variable)} - {"origin"} | {"from"}
_DEFAULT = 'give it a "default"'


def unset_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield the templates whose variable may have no value yet, in a profile valid or not."""
    open_ones = _open(source.data)
    if not open_ones:
        return
    uses = _Uses(source, open_ones)
    for scalar in scalars(source.data):
        if not (scalar.template and isinstance(scalar.value, str) and "{{" in scalar.value):
            continue
        for token, place in placed(source, scalar):
            name = token.name or ""
            if name in open_ones - scalar.parameters and (why := uses.why_unset(name, scalar)):
                yield source.at(place, "unset-variable", why.message, why.hint, other=why.other)


def _open(data: Any) -> set[str]:
    """Return the variables that have no value when a call begins."""
    return {
        name
        for name, each in variables_of(data).items()
        # What a key that nobody knows was meant to say is another problem.
        if isinstance(each, dict) and not (each.keys() - _KEYS or {"from", "default"} & each.keys())
    }


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a variable may have no value somewhere, and what to do; `other` is the last handoff."""

    message: str
    hint: str
    other: Node | None = None


class _Uses:
    """Where the variables of a profile may be used that have no value when a call begins."""

    def __init__(self, source: Source, variables: set[str]) -> None:
        self._source = source
        self._data = source.data
        self._walk = Walk(source.data)
        self._named = [*names_written(source.data)]
        self._variables = variables
        self._tools_of = cache(lambda agent: tools_of(source.data, agent))
        self._guarded = cache(self._guarded_in)

    def why_unset(self, name: str, scalar: Scalar) -> _Why | None:
        """Return why a variable may have no value in a text; None where it always has one."""
        if not self._setters.get(name):
            hint = f'{_DEFAULT} or a "from", or have a tool set it, under "response.save"'
            return _Why(f"nothing gives {quote(name)} a value", hint)
        match scalar.where:
            case ("agents", str(agent), "handoffs", str(target), *_):
                where = ["agents", agent, "handoffs", target]
                return self._at_handoff(name, [agent], where)
            case ("agents", str(agent), *_):
                return self._in_agents(name, [agent])
            case ("handoffs", str(target), *_):
                others = [each for each in agents(self._data) if each != target]
                return self._at_handoff(name, others, ["handoffs", target])
            case ("tools", str(tool), *_):
                return self._in_tool(name, scalar, tool)
        if scalar.tool:
            return self._in_tool(name, scalar, str(scalar.tool[1]))
        return self._before(name, self._or_default("", name))

    def _at_handoff(self, name: str, sources: list[str], where: list[str]) -> _Why | None:
        """Return why a variable may have no value in what is said at a handoff."""
        handoff = mapping(get(self._data, *where))
        if get(handoff.get("with"), name, "optional") is True:
            message = f"{quote(name)} may have no value here, as the llm may leave it out"
            return _Why(message, self._or_default('take out its "optional"', name))
        way = Way(None, where[-1], [*where], handoff)
        without = [each for each in sources if name not in self._walk.given_by(way, each)]
        return self._in_agents(name, without)

    def _in_tool(self, name: str, scalar: Scalar, tool: str) -> _Why | None:
        """Return why a variable may have no value in a tool or in a tool of an MCP server."""
        if scalar.tool and name in self._guarded(scalar.tool, "collect" in scalar.where):
            return None
        guard = 'name it under the tool\'s "requires", with what the llm is told then'
        hint = self._or_default(guard if scalar.tool else "", name)
        every = agents(self._data)
        having = [each for each in every if tool in self._tools_of(each)]
        if every:
            why = self._in_agents(name, having)
            return why and _Why(why.message, hint, why.other)
        if not scalar.tool:
            return self._before(name, hint)
        return _Why(f"{quote(name)} may have no value yet when this tool is called", hint)

    def _guarded_in(self, tool: Where, within_collect: bool) -> set[str]:
        """Return the variables without which a tool does nothing, or that it collects first."""
        found = {each.name for each in self._named if not each.sets and each.tool == tool}
        if not within_collect:
            found |= required(self._data, *map(str, tool), "collect")
        return found

    def _in_agents(self, name: str, names: list[str]) -> _Why | None:
        """Return why a variable may have no value in one of several agents."""
        for agent in names:
            if way := self._walk.way_without(name, agent):
                return self._on_way(name, agent, way)
        return None

    def _on_way(self, name: str, agent: str, entries: list[Entry]) -> _Why:
        """Return that a variable has no value on a way to an agent, and what would give it one."""
        last = entries[-1].way
        if last is None:
            message = f"{quote(name)} has no value yet in {quote(agent)}, which takes the call"
            return _Why(message, self._or_default(self._given_later(name, agent), name))
        node = self._source.value(last.where) if last.by_key else self._source.key(last.where)
        message = f"{quote(name)} has no value on the way {in_words(entries, agent)}"
        return _Why(message, self._or_default(self._given_so(name, agent, last), name), node)

    def _given_so(self, name: str, agent: str, last: Way) -> str:
        """Return how the last handoff of a way would give a variable a value."""
        setters = self._setters[name]
        for tool in (each for each in setters if isinstance(each, str)):
            return f"hand over once {quote(tool)} has succeeded, with when: {{tool: {tool}}}"
        of_fields = [each for each in setters if isinstance(each, Field)]
        if any(get(each.data, "optional") is True for each in of_fields):
            return 'take out the "optional" of the field'
        if any(each.where[:2] == ["agents", agent] for each in of_fields):
            return self._given_later(name, agent)
        if any(each.where[0] == "agents" for each in of_fields):
            return "have an agent on that way collect it, and hand over with when: collected"
        if last.by_key:
            return "have the key lead to an agent that collects it"
        return 'bring it with the last handoff there, under "with"'

    def _given_later(self, name: str, agent: str) -> str:
        if name in required(self._data, "agents", agent, "collect"):
            return f"use it in an agent that {quote(agent)} hands over to with when: collected"
        return "use it in an agent that comes later"

    @cached_property
    def _setters(self) -> dict[str, list[Any]]:
        """What gives variables their values: names of tools that save, fields, and handoffs."""
        found: dict[str, list[Any]] = {name: [] for name in self._variables}
        for each in self._named:
            if each.sets and each.tool and each.name in found:
                found[each.name].append(str(each.tool[-1]))
        for where, _ in collections(self._data):
            for name, field in fields_of(self._data, *where).items():
                for variable in field.variables(name):
                    found.get(variable, []).append(field)
        for way in ways(self._data):
            for name in mapping(way.data.get("with")):
                found.get(name, []).append(way)
        return found

    def _before(self, name: str, hint: str) -> _Why:
        """Return that a variable is used before the call has come to what gives it a value."""
        setter = self._setters[name][0]
        if isinstance(setter, Way):
            given = f"a handoff to {quote(setter.target)} gives it one"
        elif isinstance(setter, Field):
            given = f"{quote(str(setter.where[1]))} has collected it"
        else:
            given = f"the tool {quote(setter)} gives it one"
        return _Why(f"{quote(name)} has no value before {given}", hint)

    def _or_default(self, instead: str, name: str) -> str:
        """Return what to do about a variable: `instead`, or to give it a default."""
        default = _DEFAULT
        if name not in declared(self._data):
            kind = variables_of(self._data)[name].get("type", "string")
            written = "" if kind == "string" else f"type: {kind}, "
            default += f' under "variables", as in {name}: {{{written}default: …}}'
        hints = [instead, default if name.isidentifier() else ""]
        return ", or ".join(filter(None, hints))
