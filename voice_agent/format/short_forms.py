"""Keys at the top of a profile that are short for a setting further down; either may be written.

The schema says what a key is short for, in `x-short-form-of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from .declared_tools import get, mapping
from .diagnostics import Diagnostic, quote
from .schema import schema
from .yaml_source import Source


@cache
def short_forms() -> Mapping[str, tuple[str, ...]]:
    """Return the keys that are short forms, each with the path of what it stands for."""
    return {
        key: tuple(part["x-short-form-of"].split("."))
        for key, part in schema()["properties"].items()
        if "x-short-form-of" in part
    }


def written_at(data: Any, key: str) -> list[str]:
    """Return where a profile says what `key` is short for: in its long form, or else there."""
    long = short_forms()[key]
    return [*long] if has(data, long) else [key]


def conflicts(source: Source) -> Iterator[Diagnostic]:
    """Yield the settings that are written in both forms, those of agents as well."""
    yield from _conflicts(source, [])
    for name in mapping(get(source.data, "agents")):
        yield from _conflicts(source, ["agents", name])


def _conflicts(source: Source, above: list[str]) -> Iterator[Diagnostic]:
    for key, long in short_forms().items():
        short, long = [*above, key], (*above, *long)
        if has(source.data, short) and has(source.data, long):
            pair = [(source.key(where), where) for where in (short, long)]
            pair.sort(key=lambda each: int(each[0].start_mark.index))
            (first, before), (second, after) = pair
            message = f"{quote('.'.join(after))} cannot stand beside {quote('.'.join(before))}"
            message += f" on {source.line_in_words(first, second)}, which says the same"
            yield source.at(second, "conflict", message, "keep one of the two", other=first)


def shortened(data: dict[str, Any]) -> dict[str, Any]:
    """Return a profile's data with every long form moved to its short one, in its agents as well.

    What else an agent's settings are short for is the profile's alone.
    """
    for key, long in short_forms().items():
        if has(data, long):
            data, value = _without(data, long)
            data[key] = value
    if "agents" in data:
        agents = data["agents"].items()
        data = {**data, "agents": {name: _shortened_agent(each) for name, each in agents}}
    return data


def _shortened_agent(agent: dict[str, Any]) -> dict[str, Any]:
    long = short_forms()["allow_interruptions"]
    if not has(agent, long):
        return agent
    agent, value = _without(agent, long)
    return {**agent, "allow_interruptions": value}


def has(data: Any, where: Sequence[str]) -> bool:
    """Tell whether data has a value at a path."""
    for key in where:
        if not (isinstance(data, dict) and key in data):
            return False
        data = data[key]
    return True


def _without(data: dict[str, Any], where: Sequence[str]) -> tuple[dict[str, Any], Any]:
    """Return a copy without the value at a path, nor the mappings it leaves empty; the value."""
    key, *rest = where
    if not rest:
        return {each: value for each, value in data.items() if each != key}, data[key]
    inner, value = _without(data[key], rest)
    return {**_without(data, [key])[0], **({key: inner} if inner else {})}, value
