"""Values that fit a JSON Schema, for what nobody has written an example of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 20
_OF_FORMAT = {
    "date": "2026-10-02",
    "time": "19:00",
    "date-time": "2026-10-02T19:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def value_of(schema: Any, root: Any = None, depth: int = 0) -> Any:
    """Return the plainest value that a schema allows, with what it requires alone.

    `root` is the schema that its references are into. A pattern is not followed.
    """
    root = schema if root is None else root
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    if "$ref" in schema:
        return value_of(_referred(root, schema["$ref"]), root, depth + 1)
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("enum", "examples"):
        if isinstance(schema.get(keyword), list) and schema[keyword]:
            return schema[keyword][0]
    for keyword in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(keyword), list) and schema[keyword]:
            return value_of(schema[keyword][0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Any, depth: int) -> Any:
    match _type(schema):
        case "object":
            parts = schema.get("properties", {})
            names = [name for name in schema.get("required", ()) if isinstance(name, str)]
            return {name: value_of(parts.get(name, {}), root, depth + 1) for name in names}
        case "array":
            count = schema.get("minItems", 1)
            return [value_of(schema.get("items"), root, depth + 1) for _ in range(count)]
        case "string":
            text = str(_OF_FORMAT.get(schema.get("format", ""), "example"))
            longest = schema.get("maxLength", len(text))
            return text.ljust(schema.get("minLength", 0), "e")[:longest]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
    return None


def _type(schema: Mapping[str, Any]) -> Any:
    named = schema.get("type", "object" if "properties" in schema else None)
    return named[0] if isinstance(named, list) and named else named


def _number(schema: Mapping[str, Any]) -> float | int:
    if "minimum" in schema:
        return schema["minimum"]  # type: ignore[no-any-return]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1  # type: ignore[no-any-return]
    most = schema.get("maximum", schema.get("exclusiveMaximum", 2) - 1)
    return min(1, most)  # type: ignore[no-any-return]


def _referred(root: Any, reference: Any) -> Any:
    part = root
    for step in str(reference).removeprefix("#/").split("/"):
        part = part.get(step) if isinstance(part, Mapping) else None
    return part
