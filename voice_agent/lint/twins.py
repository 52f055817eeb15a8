"""Warnings on descriptions that an llm cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..format.declared_agents import Where, agents, menus, tools_of
from ..format.declared_tools import Written, declared, get, mapping
from ..format.diagnostics import Diagnostic
from ..format.yaml_source import Source
from .agents.texts import offered, told
from .tool_texts import WORD

_KIND = "twin-descriptions"


class _Choice(NamedTuple):
    """Something that an llm may choose: what it is, and its description, with the path of that."""

    what: str
    where: Where
    text: Any


def twins(source: Source) -> Iterator[Diagnostic]:
    """Yield the descriptions that say the same as an earlier one of what the llm chooses among."""
    found: dict[tuple[str | int, ...], Diagnostic] = {}
    for choices in _chosen_among(source.data):
        for where, diagnostic in _in(source, choices):
            found.setdefault(where, diagnostic)
    yield from found.values()


def _in(
    source: Source, choices: list[_Choice]
) -> Iterator[tuple[tuple[str | int, ...], Diagnostic]]:
    seen: dict[tuple[str, ...], _Choice] = {}
    for each in choices:
        words = tuple(WORD.findall(each.text.lower())) if isinstance(each.text, str) else ()
        if words and words in seen:
            first = seen[words]
            node, other = source.value(each.where), source.key(first.where)
            line = source.line_in_words(other, node)
            message = f"{line} says the same, so the llm cannot tell {_both(first, each)} apart"
            hint = "say in each what the other is not for"
            warning = source.at(node, _KIND, message, hint, severity="warning", other=other)
            yield tuple(each.where), warning
        seen.setdefault(words, each)


def _both(first: _Choice, second: _Choice) -> str:
    if first.what == second.what:
        return f"two {first.what}s"
    return f"a {first.what} and a {second.what}"


def _chosen_among(data: Any) -> Iterator[list[_Choice]]:
    """Yield what the llm chooses among at a time: in a profile, in an agent, and in a menu."""
    every = agents(data)
    if not every:
        yield [_tool(tool) for tool in declared(data)]
    for name in every:
        own = tools_of(data, name)
        choices = [_tool(tool) for tool in declared(data) if tool.name in own]
        for way in offered(data, name):
            choices.append(_Choice("handoff", [*way.where, "when"], told(way)))
        yield choices
        for where, menu in menus(data, name):
            yield _whens("key", [*where, "keys"], mapping(menu.get("keys")))
    destinations = ("tools", "transfer_call", "destinations")
    yield _whens("destination", [*destinations], mapping(get(data, *destinations)))


def _tool(tool: Written) -> _Choice:
    return _Choice("tool", [*tool.where, "description"], tool.get("description"))


def _whens(what: str, where: Where, written: Mapping[str, Any]) -> list[_Choice]:
    named = written.items()
    return [_Choice(what, [*where, name, "when"], get(each, "when")) for name, each in named]
