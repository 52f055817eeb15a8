"""Parameters of tools that no llm could fill in, and examples that do not fit them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .declared_tools import Written, mapping
from .diagnostics import Diagnostic, quote
from .schema import TYPES, compiled
from .value_errors import named
from .yaml_source import Source

_Where = list[str | int]

_KIND = "bad-schema"
# The keys that say something of values of one type alone.
_OF_TYPE = {
    "string": ("format", "pattern", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "object": ("properties", "required"),
}
WORDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_RANGES = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
# What every model needs, whatever its provider: LiveKit's plugin for Gemini and OpenAI's service
# refuse a request with such a tool, and then the agent answers nothing at all.
_NEEDED = {
    "array": ("items", "what its entries are", "items: {type: string}"),
    "object": ("properties", "its keys", "properties: {city: {type: string}}"),
}


def parameter_problems(source: Source, tool: Written) -> Iterator[Diagnostic]:
    """Yield what is wrong with the parameters of a tool, whose data may be of any shape."""
    parameters = mapping(tool.get("parameters"))
    if isinstance(parameters.get("type"), str):
        return  # They are all in one schema, which the schema of the format forbids.
    for name, schema in parameters.items():
        if isinstance(schema, dict) and "value" not in schema:
            yield from schema_of_value_problems(source, [*tool.where, "parameters", name], schema)


def schema_of_value_problems(
    source: Source, where: _Where, schema: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with what is said of one value, as JSON Schema."""
    kind = _type(schema)
    if kind in _NEEDED and not schema.get(_NEEDED[kind][0]):
        _, lacking, example = _NEEDED[kind]
        message = f"{named(where)} is {WORDS[kind]} and does not say {lacking}"
        hint = f"OpenAI and Google refuse it so; add {example}"
        yield source.at(source.value([*where, "type"]), _KIND, message, hint)
    yield from _of_another_type(source, where, schema)
    yield from _ranges(source, where, schema)
    yield from _pattern(source, where, schema)
    yield from _required(source, where, schema)
    yield from _misfits(source, where, schema)
    if isinstance(items := schema.get("items"), dict):
        yield from schema_of_value_problems(source, [*where, "items"], items)
    for name, inner in mapping(schema.get("properties")).items():
        if isinstance(inner, dict):
            yield from schema_of_value_problems(source, [*where, "properties", name], inner)


def _type(schema: Mapping[str, Any]) -> str | None:
    kind = schema.get("type")
    return kind if isinstance(kind, str) and kind in WORDS else None


def _of_another_type(
    source: Source, where: _Where, schema: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    if (kind := _type(schema)) is None:
        return
    other = source.key([*where, "type"])
    for wanted, keys in _OF_TYPE.items():
        if wanted == kind or (wanted, kind) == ("number", "integer"):
            continue
        for key in keys:
            if key in schema:
                node = source.key([*where, key])
                message = f"{quote(key)} is for {WORDS[wanted]}, and {named(where)} is "
                message += f"{WORDS[kind]}, as {source.line_in_words(other, node)} says"
                yield source.at(node, _KIND, message, "take one of the two out", other=other)


def _ranges(source: Source, where: _Where, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for least, most in _RANGES:
        low: Any = schema.get(least)
        high: Any = schema.get(most)
        if TYPES["number"](low) and TYPES["number"](high) and low > high:
            node, other = source.value([*where, most]), source.key([*where, least])
            message = f"no value is at least {low} and at most {high}"
            yield source.at(node, _KIND, message, "exchange the two", other=other)


def _pattern(source: Source, where: _Where, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        message = f"{quote(pattern)} is no regular expression: {error}"
        yield source.at(source.value([*where, "pattern"]), _KIND, message)


def _required(source: Source, where: _Where, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
    needed, keys = schema.get("required"), mapping(schema.get("properties"))
    for number, name in enumerate(needed if isinstance(needed, list) else []):
        if isinstance(name, str) and name not in keys:
            node = source.value([*where, "required", number])
            message = f"there is no {quote(name)} under {named([*where, 'properties'])}"
            yield source.at(node, _KIND, message, "describe it there, or take it out")


def _misfits(source: Source, where: _Where, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield the choices and the examples that are not as the rest of the schema wants them."""
    if "type" in schema and _type(schema) is None:
        return  # which the schema of the format forbids
    without_choices = {key: each for key, each in schema.items() if key != "enum"}
    for key, rules in (("enum", without_choices), ("examples", schema)):
        values = schema.get(key)
        for number, value in enumerate(values if isinstance(values, list) else []):
            if not _fits(value, rules):
                node = source.value([*where, key, number])
                written = quote(value) if isinstance(value, str) else source.written(node)
                message = f"{written} is not what {named(where)} takes"
                yield source.at(node, "bad-example", message, _why(value, rules))


def _why(value: Any, rules: Mapping[str, Any]) -> str | None:
    kind = _type(rules)
    if kind and not TYPES[kind](value):
        if kind == "string":
            return "put it in quotes, as it is to be text"
        return f"it is to be {WORDS[kind]}, as its type says"
    return None


def _fits(value: Any, rules: Mapping[str, Any]) -> bool:
    if compiled(dict(rules))(value):
        return True
    from jsonschema import Draft202012Validator  # here, as importing it takes 0.1 s
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(rules)
        return bool(Draft202012Validator(rules).is_valid(value))
    except (SchemaError, re.error):  # which other messages say
        return True
