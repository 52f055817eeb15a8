"""The types of LiveKit's options, written from the schema for mypy to compare with LiveKit's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..format.schema import resolved
from ..format.sdk_source import options

FILE = Path("voice_agent", "format", "option_types.py")

_HEADER = '''\
"""LiveKit's options in a profile, as it has them: only what the operator wrote.

Written from the schema by `python -m voice_agent.lint.refresh`; not edited by hand.
"""

from __future__ import annotations

'''
_LONGEST = 100  # characters of a line
_SCALARS = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "null": "None",
}
# A pattern that is a choice of words, beside values of other types.
_WORDS = re.compile(r"\^\(([\w|]+)\)\(\?!\\n\)\$")


def option_types(schema: dict[str, Any]) -> str:
    """Return the module with a type for each mapping of LiveKit's in the schema."""
    classes = [
        text
        for key, part in schema["properties"].items()
        if "x-livekit" in part and "properties" in part
        for text in _classes(key, part)
    ]
    body = "\n\n\n".join(dict.fromkeys(classes))
    names = [each for each in ("Any", "Literal", "NoReturn", "TypedDict") if each in body]
    return f"{_HEADER}from typing import {', '.join(names)}\n\n\n{body}\n"


def _classes(key: str, part: Mapping[str, Any]) -> Iterator[str]:
    """Yield the class of a mapping, after those of the mappings in it.

    Where a part of it is converted, one with the rest alone comes first.
    """
    properties = {name: resolved(each) for name, each in part["properties"].items()}
    for name, value in properties.items():
        for inner in _mappings_in(value):
            yield from _classes(name, inner)
    theirs = part["x-livekit"].partition(":")[2] if "x-livekit" in part else ""
    about = f"What a profile sets of LiveKit's {theirs}" if theirs else f"One entry of {key}"
    plain = [name for name, value in properties.items() if not value.get("x-converted")]
    if len(plain) < len(properties):
        named = {name: properties[name] for name in plain}
        said = f"{about}, and LiveKit takes as it is written."
        yield _class(f"Plain{_name(key)}", said, named, part)
    yield _class(_name(key), f"{about}.", properties, part)


def _class(name: str, about: str, properties: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    lines = [_declared(each, _type(each, value)) for each, value in properties.items()]
    declared = options(part["x-livekit"]) if "x-livekit" in part else None
    if declared and declared.is_mapping:
        # Without these, a mapping with fewer keys than LiveKit's is no such mapping to mypy.
        unset = (each for each in declared.names if each not in properties)
        lines += [f"    {each}: NoReturn  # not in it" for each in unset]
    head = f'class {name}(TypedDict, total=False):\n    """{about}"""'
    return "\n".join([head, "", *lines])


def _mappings_in(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the mapping with keys of its own that a value is, and that its entries are."""
    if "properties" in part:
        yield part
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), dict):
            yield from _mappings_in(resolved(part[keyword]))


def _declared(name: str, type_: str) -> str:
    """Return the line of a key, or the lines of one that is too long for a line."""
    line = f"    {name}: {type_}"
    if len(line) <= _LONGEST:
        return line
    outer, _, inner = type_.partition("[")
    return f"    {name}: {outer}[\n        {inner.removesuffix(']')}\n    ]"


def _type(key: str, part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return _choice(part["enum"])
    types = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " | ".join(dict.fromkeys(_one_type(each, key, part) for each in types))


def _one_type(name: str, key: str, part: Mapping[str, Any]) -> str:
    if name == "object" and "x-plugin" in part and "properties" not in part:
        return "dict[str, Any]"
    if name == "object" and "properties" in part:
        return _name(key)
    if name == "object":
        return f"dict[str, {_type(key, resolved(part['additionalProperties']))}]"
    if name == "array":
        return f"list[{_type(key, resolved(part['items']))}]"
    if name == "string" and (words := _WORDS.fullmatch(part.get("pattern", ""))):
        return _choice(words[1].split("|"))
    return _SCALARS[name]


def _choice(values: list[Any]) -> str:
    return f"Literal[{', '.join(map(json.dumps, values))}]"


def _name(key: str) -> str:
    return key.title().replace("_", "")
