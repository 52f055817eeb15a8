"""What calls can reach in a profile: its agents, handoffs, tools, fields and keys, with places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from yaml.nodes import Node

from .agents import BACK, COLLECTED
from .declared_tools import get, mapping
from .diagnostics import Place
from .implied import collections, fields
from .yaml_source import Source

Kind: TypeAlias = Literal["agent", "handoff", "tool", "field", "key"]
Where: TypeAlias = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that calls reach, or never do.

    `agent` has the handoff or the key; it is "" for a handoff from anywhere, and for all else. The
    name of a key in a submenu is "4.2".
    """

    kind: Kind
    name: str
    agent: str
    path: str
    place: Place
    how: str
    """What there must be in a call that reaches it."""

    @property
    def words(self) -> str:
        """What it is called in sentences."""
        if self.kind == "key":
            return f'key "{self.name}" of the menu of "{self.agent}"'
        if self.kind != "handoff":
            return f'{self.kind} "{self.name}"'
        origin = f'from "{self.agent}"' if self.agent else "from anywhere"
        return f"handoff {origin} " + ("back" if self.name == BACK else f'to "{self.name}"')


def items(source: Source) -> tuple[Item, ...]:
    """Return everything that calls can reach in a valid profile, in the order of its lines."""
    nodes = dict(_Items(source).every())
    return tuple(sorted(nodes, key=lambda each: source.order(nodes[each])))


class _Items:
    """Finds the items of one profile."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._data = mapping(source.data)

    def every(self) -> Iterator[tuple[Item, Node]]:
        """Yield every item with its node."""
        for name, agent in mapping(self._data.get("agents")).items():
            yield self._item("agent", name, ["agents", name], _replying(f"handoff: {name}"))
            yield from self._handoffs(name, ["agents", name, "handoffs"], get(agent, "handoffs"))
            yield from self._keys(name, ["agents", name, "menu"], get(agent, "menu"))
        yield from self._handoffs("", ["handoffs"], self._data.get("handoffs"))
        yield from self._tools()
        yield from self._fields()

    def _item(
        self, kind: Kind, name: str, where: Where, how: str, agent: str = ""
    ) -> tuple[Item, Node]:
        node = self._source.key(where)
        path, place = self._source.path_of(node), self._source.place(node)
        return Item(kind, name, agent, path, place, how), node

    def _handoffs(self, agent: str, where: Where, written: Any) -> Iterator[tuple[Item, Node]]:
        for to, handoff in mapping(written).items():
            yield self._item("handoff", to, [*where, to], _way(to, get(handoff, "when")), agent)

    def _keys(
        self, agent: str, where: Where, menu: Any, above: Sequence[str] = ()
    ) -> Iterator[tuple[Item, Node]]:
        for key, does in mapping(get(menu, "keys")).items():
            pressed, place = [*above, key], [*where, "keys", key]
            how = f'with the turn {{press: "{"".join(pressed)}"}}'
            yield self._item("key", ".".join(pressed), place, how, agent)
            yield from self._keys(agent, [*place, "menu"], get(does, "menu"), pressed)

    def _tools(self) -> Iterator[tuple[Item, Node]]:
        for name in mapping(self._data.get("tools")):
            yield self._item("tool", name, ["tools", name], _replying(f"call: {name}"))
        for server, settings in mapping(self._data.get("mcp_servers")).items():
            for number, name in enumerate(get(settings, "allowed_tools") or ()):
                if name != "*":
                    where: Where = ["mcp_servers", server, "allowed_tools", number]
                    yield self._item("tool", name, where, _replying(f"call: {name}"))

    def _fields(self) -> Iterator[tuple[Item, Node]]:
        """Yield every field where it is written out, or else where it is first named."""
        seen: set[str] = set()
        known = fields(self._data)
        for where, written in collections(self._data):
            is_list = isinstance(written, list)
            for number, name in enumerate(written):
                if name not in seen and not (is_list and name in known):
                    seen.add(name)
                    how = f'in which the caller gives "{name}"'
                    yield self._item("field", name, [*where, number if is_list else name], how)


def _replying(reply: str) -> str:
    return f"with the reply {{{reply}}}"


def _way(to: str, when: Any) -> str:
    """Return what there must be in a call that goes this way."""
    if when == COLLECTED:
        return "in which all is collected"
    if isinstance(when, Mapping):
        if "tool" in when:
            return f'in which the tool "{when["tool"]}" succeeds'
        value = json.dumps(when.get("is"), ensure_ascii=False)
        return f'in which the variable "{when.get("variable")}" has the value {value}'
    return _replying(f"handoff: {to}")
