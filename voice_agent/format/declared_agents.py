"""The agents in a profile's data, which may be of any shape, with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from .agents import BACK
from .declared_tools import allowed, get, mapping
from .schema import part_at

Where: TypeAlias = "list[str | int]"


class Way(NamedTuple):
    """A handoff as it is written, or a key of a menu that hands over, and where.

    `source` is None for one from anywhere. `where` is the path of the handoff, or of the name of
    the agent under a key of a menu.
    """

    source: str | None
    target: str
    where: Where
    data: Mapping[str, Any]
    by_key: bool = False

    @property
    def when(self) -> Any:
        """The condition, as it is written; None for a key of a menu."""
        return self.data.get("when")


def agents(data: Any) -> dict[str, Mapping[str, Any]]:
    """Return the agents of a profile by their names, the one that takes the call first.

    There are none where they are more than the schema allows, as looking into them takes time.
    """
    written = mapping(get(data, "agents"))
    too_many = len(written) > _most()
    return {} if too_many else {name: mapping(each) for name, each in written.items()}


@cache
def _most() -> int:
    most: int = part_at(["agents"])["maxProperties"]
    return most


def first(data: Any) -> str | None:
    """Return the agent that takes the call; None in a profile without agents."""
    return next(iter(agents(data)), None)


def ways(data: Any) -> Iterator[Way]:
    """Yield every handoff of a profile: those of its agents, of their menus, and from anywhere."""
    for name, agent in agents(data).items():
        for target, handoff in mapping(agent.get("handoffs")).items():
            yield Way(name, target, ["agents", name, "handoffs", target], mapping(handoff))
        for where, key in menu_keys(data, name):
            if isinstance(to := key.get("handoff"), str):
                yield Way(name, to, [*where, "handoff"], {}, by_key=True)
            elif key.get("action") == BACK and where[3:-1] == ["keys"]:  # of the first menu
                yield Way(name, BACK, [*where, "action"], {}, by_key=True)
    for target, handoff in mapping(get(data, "handoffs")).items():
        yield Way(None, target, ["handoffs", target], mapping(handoff))


def menus(data: Any, name: str) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """Yield the menu of an agent and those below it, with their paths."""
    at_first: Where = ["agents", name, "menu"]
    ahead = [(at_first, get(data, "agents", name, "menu"))]
    while ahead:
        where, menu = ahead.pop(0)
        if not isinstance(menu, Mapping):
            continue
        yield where, menu
        for key, written in mapping(menu.get("keys")).items():
            ahead.append(([*where, "keys", key, "menu"], get(written, "menu")))


def menu_keys(data: Any, name: str) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """Yield the keys of an agent's menus that are mappings, with their paths."""
    for where, menu in menus(data, name):
        for key, written in mapping(menu.get("keys")).items():
            if isinstance(written, Mapping):
                yield [*where, "keys", key], written


def listed(agent: Mapping[str, Any]) -> list[str] | None:
    """Return the names under `tools` of an agent; None where it has no list."""
    written = agent.get("tools")
    if not isinstance(written, list):
        return None
    return [each for each in written if isinstance(each, str)]


def belongings(data: Any) -> list[str]:
    """Return what agents may have: the tools of a profile and its MCP servers, by their names."""
    return [*mapping(get(data, "tools")), *mapping(get(data, "mcp_servers"))]


def tools_of(data: Any, name: str) -> frozenset[str]:
    """Return the names of the tools and the MCP servers that an agent has."""
    every = agents(data)
    own = listed(every.get(name, {}))
    if own is not None:
        return frozenset(own)
    taken = {each for agent in every.values() for each in listed(agent) or ()}
    return frozenset(each for each in belongings(data) if each not in taken)


def seen_by(data: Any, name: str) -> dict[str, Where]:
    """Return the tools of the profile that the llm sees in an agent, with their paths.

    Those of MCP servers are there as far as the profile names them.
    """
    own, found = tools_of(data, name), dict[str, Where]()
    for each in own:
        if each in mapping(get(data, "tools")):
            found[each] = ["tools", each]
    for server, written in mapping(get(data, "mcp_servers")).items():
        for number, each in enumerate(allowed(written) if server in own else ()):
            found.setdefault(each, ["mcp_servers", server, "allowed_tools", number])
    return found


def has_every_tool_of_a_server(data: Any, name: str) -> bool:
    """Tell whether an agent has tools of an MCP server that the profile does not name."""
    own = tools_of(data, name)
    servers = mapping(get(data, "mcp_servers")).items()
    return any("*" in allowed(written) for server, written in servers if server in own)
