"""The types of LiveKit's options, written from the schema for mypy to compare with LiveKit's."""

from __future__ import annotations

import json
from collections.abc import Iterator
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


def option_types(schema: dict[str, Any]) -> str:
    """Return the module with a type for each mapping of LiveKit's in the schema."""
    classes = [
        text
        for key, part in schema["properties"].items()
        if "object" in part.get("type", ()) and "x-livekit" in part
        for text in _classes(key, part)
    ]
    body = "\n\n\n".join(classes)
    names = [each for each in ("Literal", "NoReturn", "TypedDict") if each in body]
    return f"{_HEADER}from typing import {', '.join(names)}\n\n\n{body}\n"


def _classes(key: str, part: dict[str, Any]) -> Iterator[str]:
    """Yield the class of a mapping, after those of the mappings in it."""
    theirs = part["x-livekit"].partition(":")[2]
    lines = [f"class {_name(key)}(TypedDict, total=False):"]
    lines.append(f'    """What a profile sets of LiveKit\'s {theirs}."""\n')
    for inner, written in part["properties"].items():
        value = resolved(written)
        if "properties" in value:
            yield from _classes(inner, value)
        lines.append(_declared(inner, _type(inner, value)))
    declared = options(part["x-livekit"])
    if declared.is_mapping:
        # Without these, a mapping with fewer keys than LiveKit's is no such mapping to mypy.
        unset = (each for each in declared.names if each not in part["properties"])
        lines += [f"    {each}: NoReturn  # not in a profile" for each in unset]
    yield "\n".join(lines)


def _declared(name: str, type_: str) -> str:
    """Return the line of a key, or the lines of one that is too long for a line."""
    line = f"    {name}: {type_}"
    if len(line) <= _LONGEST:
        return line
    outer, _, inner = type_.partition("[")
    return f"    {name}: {outer}[\n        {inner.removesuffix(']')}\n    ]"


def _type(key: str, part: dict[str, Any]) -> str:
    if "enum" in part:
        return f"Literal[{', '.join(map(json.dumps, part['enum']))}]"
    types = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " | ".join(dict.fromkeys(_one_type(each, key, part) for each in types))


def _one_type(name: str, key: str, part: dict[str, Any]) -> str:
    if name == "object" and "properties" in part:
        return _name(key)
    if name == "object":
        return f"dict[str, {_type(key, part['additionalProperties'])}]"
    if name == "array":
        return f"list[{_type(key, resolved(part['items']))}]"
    return _SCALARS[name]


def _name(key: str) -> str:
    return key.title().replace("_", "")
