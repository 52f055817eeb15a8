"""Which variables may have no value in an agent: a walk along the handoffs that lead there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .agents import BACK, COLLECTED
from .declared_agents import Way, agents, first, ways
from .declared_fields import required
from .declared_tools import get, mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """How an agent is entered: after which agent, and by which handoff; None for the first."""

    after: str | None = None
    way: Way | None = None


class Walk:
    """The handoffs of a profile, whose data may be of any shape."""

    def __init__(self, data: Any) -> None:
        self._first = first(data)
        self._collected = cache(lambda agent: required(data, "agents", agent, "collect"))
        self._given_by_tool = cache(lambda tool: set(_given_by_tool(data, tool)))
        every = agents(data)
        self._leaving: dict[str, list[tuple[Way, set[str]]]] = {name: [] for name in every}
        for way in ways(data):
            if way.target == BACK or way.target not in every:
                continue  # Whatever had a value in the agent that it goes back to, still has it.
            for name in every if way.source is None else [way.source]:
                if name == way.target or (way.when == COLLECTED and "collect" not in every[name]):
                    continue
                self._leaving[name].append((way, self.given_by(way, name)))
        self.entered_without = cache(self._entered_without)

    def given_by(self, way: Way, source: str) -> set[str]:
        """Return the variables that surely have values once an agent has handed over."""
        given = {
            name
            for name, parameter in mapping(way.data.get("with")).items()
            if get(parameter, "optional") is not True
        }
        if way.when == COLLECTED:
            given |= self._collected(source)
        elif isinstance(way.when, Mapping):
            tool, variable = way.when.get("tool"), way.when.get("variable")
            given |= self._given_by_tool(tool) if isinstance(tool, str) else set()
            given |= {variable} if isinstance(variable, str) else set()
        return given

    def _entered_without(self, variable: str) -> Mapping[str, Entry]:
        """Return the agents that a call may enter before a variable has a value, and how.

        Of several ways to one, the shortest is taken.
        """
        if self._first is None:
            return {}
        found = {self._first: Entry()}
        ahead = deque([self._first])
        while ahead:
            name = ahead.popleft()
            for way, given in self._leaving[name]:
                if way.target not in found and variable not in given:
                    found[way.target] = Entry(name, way)
                    ahead.append(way.target)
        return found

    def entered(self) -> Mapping[str, Entry]:
        """Return the agents that a call may enter at all, and how."""
        return self.entered_without("")

    def way_without(self, variable: str, agent: str) -> list[Entry]:
        """Return the entries along which a call comes to an agent while a variable has no value.

        There are none where it always has one.
        """
        found = self.entered_without(variable)
        if agent not in found:
            return []
        way = [found[agent]]
        while way[0].after is not None:
            way.insert(0, found[way[0].after])
        return way


def _given_by_tool(data: Any, name: str) -> Iterator[str]:
    """Yield the variables that have values once a tool has succeeded."""
    servers = mapping(get(data, "mcp_servers")).values()
    treated = [get(data, "tools", name), *(get(server, "tools", name) for server in servers)]
    for tool in treated:
        yield from mapping(get(tool, "response", "save"))
        yield from mapping(get(tool, "requires"))
    yield from required(data, "tools", name, "collect")


def in_words(way: list[Entry], agent: str) -> str:
    """Return a way as "reception → booking"."""
    return " → ".join([*(each.after for each in way if each.after is not None), agent])
