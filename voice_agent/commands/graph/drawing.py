"""The agents of a profile and the ways between them, as data to draw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from ...format.agents import COLLECTED, Agent, Condition, Handoff, Key, Menu
from ...format.profile import Profile
from ...format.tools import UNSET

Decides = Literal["llm", "condition", "key"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way on: to which agent, or "back", when, and what decides it.

    `given` are the variables that the llm gives on the way, and `key` is the one that is pressed.
    """

    to: str
    when: str
    by: Decides
    given: tuple[str, ...] = ()
    key: str | None = None

    @property
    def said(self) -> str:
        """When the call goes this way, in words; what no llm decides is in brackets."""
        if self.by == "condition":
            return f"[{self.when}]"
        words = self.when + (f" ({', '.join(self.given)})" if self.given else "")
        return f"[key {self.key}] {words}".rstrip() if self.by == "key" else words


@dataclass(frozen=True, slots=True)
class Station:
    """An agent: what it has, what it collects, what its keys do, and where calls go from it.

    `keys` are those that lead to no agent, each with what it does.
    """

    name: str
    tools: tuple[str, ...] = ()
    collects: tuple[str, ...] = ()
    keys: Mapping[str, str] | None = None
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """All agents of a profile, the one that takes the call first, and the ways from any of them."""

    profile: str
    stations: tuple[Station, ...]
    from_anywhere: tuple[Way, ...] = ()
    has_agents: bool = True


def graph(profile: Profile) -> Graph:
    """Return what there is to draw; a profile without agents is one itself."""
    if not profile.agents:
        tools = (*profile.tools.names, *profile.mcp_servers)
        return Graph(profile.name, (Station(profile.name, tools),), has_agents=False)
    stations = tuple(_station(profile, name, agent) for name, agent in profile.agents.items())
    return Graph(profile.name, stations, tuple(_ways(profile.handoffs)))


def as_json(found: Graph) -> str:
    """Return it for programs."""
    stations = [asdict(each) for each in found.stations]
    agents = {each.pop("name"): each for each in stations}
    ways = [asdict(each) for each in found.from_anywhere]
    data = {"version": 1, "profile": found.profile, "agents": agents, "from_anywhere": ways}
    return json.dumps(data, indent=2, ensure_ascii=False)


def _station(profile: Profile, name: str, agent: Agent) -> Station:
    had, everything = profile.tools_of(name), (*profile.tools.names, *profile.mcp_servers)
    collects = tuple(
        f"{key} (optional)" if each.optional else key for key, each in agent.collect.items()
    )
    pressed = dict(_keys(agent.menu)) if agent.menu else {}
    ways = (
        *_ways(agent.handoffs),
        *(
            Way(key.handoff, key.when or "", "key", key=path)
            for path, key in pressed.items()
            if key.handoff
        ),
    )
    others = {path: _does(key) for path, key in pressed.items() if not key.handoff}
    return Station(name, tuple(each for each in everything if each in had), collects, others, ways)


def _keys(menu: Menu, above: str = "") -> Iterator[tuple[str, Key]]:
    """Yield the keys of a menu and of those below it, by what is pressed to get there: "4.2"."""
    for name, key in menu.keys.items():
        yield above + name, key
        if key.menu:
            yield from _keys(key.menu, f"{above}{name}.")


def _does(key: Key) -> str:
    """Return what a key does that leads to no agent."""
    if key.menu:
        return "another menu"
    if key.action:
        return "the menu again" if key.action == "repeat" else "back"
    return f"calls {key.tool}" if key.tool else f"says: {key.say}"


def _ways(handoffs: Mapping[str, Handoff]) -> Iterator[Way]:
    for to, handoff in handoffs.items():
        given = tuple(name for name, each in handoff.parameters.items() if each.value is UNSET)
        by: Decides = "llm" if handoff.is_for_the_llm else "condition"
        yield Way(to, _when(handoff.when), by, given if by == "llm" else ())


def _when(when: str | Condition) -> str:
    if isinstance(when, str):
        return "once all is collected" if when == COLLECTED else when
    if when.tool:
        return f"after {when.tool}"
    value = when.value if isinstance(when.value, str) else json.dumps(when.value)
    return f"as soon as {when.variable} is {value}"
