"""What a profile's agents and tools collect, in data that may be of any shape, with the paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from .declared_agents import Where
from .declared_tools import get
from .implied import CARD, collections


class Field(NamedTuple):
    """A field as it is written, and where; `data` is of any shape."""

    where: Where
    data: Any

    @property
    def task(self) -> Any:
        """The task of LiveKit's that asks for it; None for a field by schema."""
        return get(self.data, "task")

    def variables(self, name: str) -> list[str]:
        """Return the variables that the field gives values to under a name."""
        return [f"{name}.{part}" for part in CARD] if self.task == "credit_card" else [name]


Fields: TypeAlias = "dict[str, Field]"


def described(data: Any) -> Iterator[tuple[str, Field]]:
    """Yield the fields that a profile describes, by their names, which may be there twice."""
    for where, collect in collections(data):
        if isinstance(collect, Mapping):
            for name, field in collect.items():
                yield name, Field([*where, name], field)


def listed(collect: Any, where: Where) -> Iterator[tuple[str, Where]]:
    """Yield the names in a list of fields, with their paths."""
    for number, name in enumerate(collect if isinstance(collect, list) else ()):
        if isinstance(name, str):
            yield name, [*where, number]


def fields(data: Any, *where: str) -> Fields:
    """Return the fields of the `collect` at a path, a map or a list of names, by their names.

    What a list names is described elsewhere, or else a task of LiveKit's.
    """
    collect, place = get(data, *where), list[str | int](where)
    if isinstance(collect, Mapping):
        return {name: Field([*place, name], field) for name, field in collect.items()}
    known: Fields = {}
    for name, field in described(data):
        known.setdefault(name, field)
    return {name: known.get(name, Field(at, {"task": name})) for name, at in listed(collect, place)}


def required(data: Any, *where: str) -> set[str]:
    """Return the variables that have values once all of the `collect` at a path is there."""
    return {
        each
        for name, field in fields(data, *where).items()
        if get(field.data, "optional") is not True
        for each in field.variables(name)
    }
