"""Arguments of a tool that are typed as NAME=VALUE."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import UsageError
from ..format.arguments import read_arguments
from ..format.typos import closest


def typed(words: Sequence[str], schema: Mapping[str, Any], tool: str) -> dict[str, Any]:
    """Return the arguments of a tool, of the types that its schema wants.

    Raises UsageError with everything that is wrong with them.
    """
    known: Mapping[str, Any] = schema["properties"]
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (equals and name):
            raise UsageError(f'"{word}" must be NAME=VALUE. {_wanted(schema, tool)}')
        if name not in known:
            close = closest(name, list(known))
            meant = f'Did you mean "{close}"?' if close else _wanted(schema, tool)
            raise UsageError(f'{tool} has no parameter "{name}" for the llm. {meant}')
        if name in given:
            raise UsageError(f'"{name}" is given twice. Keep one of the two.')
        given[name] = _value(text, known[name])
    arguments, wrong = read_arguments(schema, given)
    if wrong:
        raise UsageError(f"{' '.join(wrong)} {_wanted(schema, tool)}")
    return arguments


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "string":
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    # Without a type, there is an enum, whose texts may look like numbers.
    return text if "type" not in schema and value not in schema.get("enum", ()) else value


def _wanted(schema: Mapping[str, Any], tool: str) -> str:
    """Return the sentence on what a tool takes."""
    if not schema["properties"]:
        return f"{tool} takes no arguments."
    return f"{tool} takes: {'; '.join(_parameters(schema))}."


def _parameters(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, each in schema["properties"].items():
        kind = f"one of {', '.join(map(str, each['enum']))}" if "enum" in each else each.get("type")
        about = (str(each.get("description", "")) or str(kind)).rstrip(".")
        optional = "" if name in schema["required"] else ", or nothing"
        yield f"{name} ({kind}{optional}: {about})" if about != kind else f"{name} ({kind})"
