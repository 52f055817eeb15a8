"""Arguments for a tool, made from the schema of its parameters: right, wrong and hostile ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...format.arguments import read_arguments
from ...standin.values import value_of

HOSTILE = "../../admin?x=1&y=2#z\r\nX-Injected: yes {{ secrets.KEY }} <b>\"'"
"""What a caller may say who wants to get out of the place that it is put into."""
_NO_NAME = "an_argument_that_it_has_not"
# What people mostly have a pattern for, and no example.
_USUAL = (
    *("19:00", "2026-10-02", "+4930123456", "004930123456", "12345", "1234", "123456", "42", "7"),
    *("A-17", "AB-123", "ABC-1234", "AB123", "ABC123", "A1", "ABC", "abc", "Ada", "Ada Lovelace"),
    *("12345678", "1234567890", "10115", "SW1A 1AA", "DE", "de", "EUR", "ada@example.com", "a"),
    *("B-AB 1234", "ORD-12345", "100.00", "9.99", "https://example.com/", "ja", "yes"),
)


def arguments_for(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return arguments that a tool takes, without the optional ones; None where none are known.

    `schema` is the object of its parameters.
    """
    properties = schema.get("properties", {})
    made = {
        name: _value(name, part)
        for name, part in properties.items()
        if name in schema.get("required", ())
    }
    _, wrong = read_arguments(schema, made)
    return None if wrong else made


def _value(name: str, part: Any) -> Any:
    for example in part.get("examples", ()) if isinstance(part, Mapping) else ():
        if fits(name, part, example):
            return example
    usual = value_of(part)
    if fits(name, part, usual):
        return usual
    candidates = (each for each in _USUAL if fits(name, part, each))
    return next(candidates, usual)


def fits(name: str, part: Any, value: Any) -> bool:
    """Return whether a tool takes this value for the parameter of this name and schema."""
    _, wrong = read_arguments({"properties": {name: part}}, {name: value})
    return not wrong


def wrong_arguments(
    schema: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield arguments that a tool does not take, with the name of the one that is wrong."""
    for name in list(schema.get("required", ()))[:1]:
        yield name, {key: right[key] for key in right if key != name}
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name, part in properties.items():
        wrong: Any = ["not", "this"]
        if isinstance(part, Mapping) and "enum" in part:
            wrong = "none-of-these"
        if not fits(name, part, wrong):
            yield name, {**right, name: wrong}
            break
    if schema.get("additionalProperties") is False:
        yield _NO_NAME, {**right, _NO_NAME: 1}


def hostile_arguments(schema: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return arguments with hostile text wherever a tool takes any text; None where it does not."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    hostile = {}
    for name, part in properties.items():
        longest = part.get("maxLength", len(HOSTILE)) if isinstance(part, Mapping) else 0
        if _is_text(part) and fits(name, part, HOSTILE[:longest]):
            hostile[name] = HOSTILE[:longest]
    return {**right, **hostile} if hostile else None


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "string"


def leaves(data: Any) -> Iterator[str]:
    """Yield every value in nested data, as JSON or a text has it."""
    if isinstance(data, Mapping):
        for each in data.values():
            yield from leaves(each)
    elif isinstance(data, (list, tuple)):
        for each in data:
            yield from leaves(each)
    elif isinstance(data, bool) or data is None:
        yield {True: "true", False: "false", None: "null"}[data]
    else:
        yield str(data)


def chosen(data: Any, fields: tuple[str, ...] | None) -> Any:
    """Return what stands at the dotted paths in data; all of it where `fields` is None."""
    if fields is None:
        return data
    return [_at(data, re.split(r"\.", path)) for path in fields]


def _at(data: Any, path: list[str]) -> Any:
    if not path:
        return data
    if isinstance(data, (list, tuple)):
        return [_at(each, path) for each in data]
    if isinstance(data, Mapping) and path[0] in data:
        return _at(data[path[0]], path[1:])
    return []
