"""The variables of a profile, and where keys and values name them: those that need or set some.

The schema marks a mapping whose keys do with `x-variables`: "needed" or "set". A value that is the
name of a variable has `x-names`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .implied import implied
from .schema import keys_of, resolved, schema

Where = tuple[str | int, ...]


def declared(data: Any) -> dict[str, Any]:
    """Return the variables of a profile, valid or not, by their names."""
    written = data.get("variables") if isinstance(data, dict) else None
    return written if isinstance(written, dict) else {}


def variables_of(data: Any) -> dict[str, Any]:
    """Return the variables of a profile, valid or not: those declared, and those implied."""
    return {**implied(data), **declared(data)}


@dataclass(frozen=True, slots=True)
class Named:
    """A variable that is named at `where`; `tool` is the path of the tool that this is in."""

    name: str
    where: Where
    sets: bool
    tool: Where


def names_written(data: Any) -> Iterator[Named]:
    """Yield the variables that the keys of a profile name, and the values that are names."""
    return _below(data, schema(), (), ())


def _below(data: Any, part: dict[str, Any], where: Where, tool: Where) -> Iterator[Named]:
    part = resolved(part)
    if isinstance(data, dict):
        tool = where if part.get("x-tool") else tool
        if does := part.get("x-variables"):
            for name in data:
                yield Named(name, (*where, name), does == "set", tool)
            return
        keys, others = keys_of(part), part.get("additionalProperties")
        for key, value in data.items():
            inner = keys.get(key, others)
            if isinstance(inner, dict) and isinstance(value, dict):
                yield from _below(value, inner, (*where, key), tool)
            elif isinstance(value, str) and isinstance(inner, dict) and _names_variable(inner):
                yield Named(value, (*where, key), False, tool)


def _names_variable(part: dict[str, Any]) -> bool:
    return part.get("x-names") == "variable"
