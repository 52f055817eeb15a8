"""Names of an operator's own that were never meant to be some, where the schema forbids them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TypeAlias

from .diagnostics import Diagnostic, quote
from .schema import part_at
from .synonyms import ALSO_CALLED
from .value_errors import Error
from .yaml_source import Source
from .yaml_traps import key_from_text

_Where: TypeAlias = tuple[str | int, ...]

_MOST = 500  # mistakes that are looked into: no operator reads more, and it takes time


def misnamed(source: Source, errors: list[Error]) -> tuple[list[Diagnostic], list[Error]]:
    """Return what is wrong with names of one's own that were never meant to be some, and the rest.

    A name may be another's word for a key that the mapping has (`hangup` for `end_call`), or the
    end of a text that has a comma. All else that is wrong with it then says nothing more.
    """
    found: dict[_Where, Diagnostic] = {}
    for error in errors[:_MOST]:
        where = tuple(error.absolute_path)
        if error.validator not in ("type", "anyOf") or not where or isinstance(where[-1], int):
            continue
        if where not in found and (problem := _other_name(source, where)):
            found[where] = problem
    # What is below a value that is to be elsewhere is fine there.
    misplaced = {tuple(error.absolute_path) for error in errors if error.validator == "not"}
    left = [each for each in errors if not _is_explained(each, found.keys(), misplaced)]
    return [*found.values()], left


def _is_explained(error: Error, names: Collection[_Where], misplaced: Collection[_Where]) -> bool:
    path = tuple(error.absolute_path)
    above = [path[:length] for length in range(len(path))]
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, error.instance)
    return any(each in names for each in (*above, path)) or any(map(misplaced.__contains__, above))


def _other_name(source: Source, where: _Where) -> Diagnostic | None:
    """Return what a name of one's own, whose value is wrong, was meant to be, if that is plain."""
    *above, key = where
    part = part_at(above)
    own, name = part.get("properties", {}), str(key)
    if not isinstance(part.get("additionalProperties"), dict) or name in own:
        return None
    place, snake = source.key(where), snake_case(name)
    nodes = source.value(above), source.value(where)
    trap = key_from_text(source.texts[source.path_of(nodes[0])], *nodes, name, [*own])
    if trap:
        return source.at(place, "unknown-key", f"unknown key {quote(name)}", trap[0] or None)
    meant = snake if snake in own else ALSO_CALLED.get(snake)
    if meant not in own:
        return None
    hint = f"did you mean {quote(str(meant))}?"
    return source.at(place, "unknown-key", f"unknown key {quote(name)}", hint)


def snake_case(key: str) -> str:
    """Return a key in small letters, with an underscore between its words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
