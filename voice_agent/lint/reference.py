"""The page docs/reference.md: every key of the format, written from the schema alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from ..format.schema import livekit_default, livekit_name, offered

FILE = Path("docs", "reference.md")

Schema: TypeAlias = Mapping[str, Any]
Default: TypeAlias = Callable[[str, Schema], str | None]
"""Words the default of a key for the page, from its path and its part of the schema."""

_HEAD = """\
<!-- Written by "python -m voice_agent.lint.refresh" from schema/profile.schema.json. Change the
description there, and run it again. -->

# Reference

Every key of a profile. The other pages explain how to use them: start with
[Writing a profile](writing-a-profile.md).

In the names of keys, `.` leads into a mapping, `[]` stands for any entry of a list, and `*` for
any name of your own.
"""
_TABLE = ("| key | value | default | description |", "| --- | --- | --- | --- |")
_WIDTH = 100
_FEW = 3  # examples in the row of a key

# One, and several of them.
_TYPES = {
    "string": ("text", "texts"),
    "boolean": ("`true` or `false`", "`true` or `false`"),
    "integer": ("whole number", "whole numbers"),
    "number": ("number", "numbers"),
    "array": ("list", "lists"),
    "object": ("mapping", "mappings"),
    "null": ("`null`", "`null`"),
}
# The keywords that limit the values of a type.
_LIMITS = {
    "string": ("patternErrorMessage", "minLength", "maxLength", "format"),
    "integer": ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"),
    "number": ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}
_LIMIT_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "format": "written as a {}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "uniqueItems": "no two alike",
    "minProperties": "at least {}",
    "maxProperties": "at most {}",
}


def shown_default(path: str, part: Schema) -> str | None:
    """Return the default of a key, wherever it comes from, in words for the page."""
    if "default" in part:
        return _code(part["default"])
    if inherited := part.get("x-inherits"):
        return f"that of {_code(inherited)}"
    if part.get("x-default") == "file":
        return "the file's name"
    where = path.split(".")
    if part.get("type") != "object" and livekit_name(where):
        found = livekit_default(where)
        return next((f"LiveKit's own, {_code(each)}" for each in found), "LiveKit's own")
    return None


def reference(schema: Schema, default: Default = shown_default) -> str:
    """Return the page on every key of `schema`, with the defaults as `default` words them."""
    page = _Page(schema, default)
    lines = [_HEAD, *page.whole_profiles(), "## All keys", "", *page.table("", schema), ""]
    for key, part in schema["properties"].items():
        lines += page.section(key, part, "##")
    if definitions := schema.get("$defs"):
        lines += ["## Definitions", ""]
        for name, part in definitions.items():
            if "description" in part:
                lines += page.section(name, part, "###", heading=_definition(name))
    return "\n".join(lines).rstrip("\n") + "\n"


class _Page:
    """The parts of the page, as lines of Markdown."""

    def __init__(self, schema: Schema, default: Default) -> None:
        self._schema = schema
        self._default = default

    def whole_profiles(self) -> Iterator[str]:
        """Yield the examples of a whole profile."""
        for example in self._schema.get("examples", ()):
            yield from _block(example)

    def section(self, path: str, raw: Schema, level: str, heading: str = "") -> Iterator[str]:
        """Yield the section on a key, and those on the mappings in it."""
        part = self._resolved(raw)
        yield from (f"{level} {heading or f'`{path}`'}", "")
        yield from (*_wrapped(_escaped(part["description"])), "")
        default = self._default(path, part)
        said = f"Value: {self._value(raw)}." + (f" Default: {default}." if default else "")
        yield from (*_wrapped(said), "")
        if not heading:
            has_place = path.partition(".")[0] in self._schema["properties"]
            yield from _examples(path if has_place else f"[].{path}", part)
        if ways := [_linked(each) for each in dict.fromkeys(_mappings_of(part))]:
            said = "Another mapping is" if "properties" in part else "A mapping is one of these:"
            yield from (*_wrapped(f"{said} {', '.join(ways)}."), "")
        inner, mapping = _mapping_in(path, raw)
        if mapping:
            if inner != path:
                said = f"`{inner}`: {_escaped(mapping.get('description', ''))}"
                yield from (*_wrapped(said), "")
            yield from (*self.table(f"{inner}.", mapping), "")
            yield from _rules(mapping)
            for key, each in mapping["properties"].items():
                if _mapping_in("", each)[1]:
                    yield from self.section(f"{inner}.{key}", each, "###")

    def table(self, prefix: str, mapping: Schema) -> Iterator[str]:
        """Yield the table of the keys in a mapping."""
        yield from _TABLE
        # Of a whole profile: one with `extends` may lack them.
        needed = mapping.get("required") or mapping.get("else", {}).get("required", ())
        for key, raw in mapping["properties"].items():
            path, part = prefix + key, self._resolved(raw)
            name, about = f"`{key}`", _escaped(part["description"])
            if not prefix or _mapping_in("", raw)[1]:
                name = f"[{name}](#{anchor(path)})"
            if prefix:
                about += _for_example(part)
            default = self._default(path, part) or ("required" if key in needed else "")
            cells = (name, self._value(raw), default, about if prefix else _first_sentence(about))
            yield re.sub(r" +", " ", f"| {' | '.join(cells)} |")

    def _value(self, raw: Schema, plural: bool = False) -> str:
        """Return what values a key takes, such as "text (not empty) or mapping"."""
        if name := self._definition_of(raw):
            return _linked(name)
        part = self._resolved(raw)
        if "const" in part:
            return f"only {_code(part['const'])}"
        if values := part.get("enum") or [each["const"] for each in part.get("oneOf", ())]:
            return _choice(map(_code, values))
        if choices := [each for each in part.get("anyOf", ()) if "required" not in each]:
            return " or ".join(self._value(each, plural) for each in choices)
        types = part["type"]
        types = [types] if isinstance(types, str) else types
        return " or ".join(self._typed(each, part, plural) for each in types)

    def _typed(self, type_: str, part: Schema, plural: bool) -> str:
        words = _TYPES[type_][plural]
        if limits := list(_limits(type_, part)):
            words += f" ({', '.join(limits)})"
        if type_ == "array" and "items" in part:
            words += f" of {self._value(part['items'], plural=True)}"
        if type_ == "object" and isinstance(part.get("additionalProperties"), Mapping):
            words += f" of names to {self._value(part['additionalProperties'], plural=True)}"
            if rule := part.get("propertyNames"):
                words += f", where a name {rule['patternErrorMessage']}"
        return words

    def _definition_of(self, part: Schema) -> str:
        """Return the definition that a part refers to where it is one to link to; else ""."""
        above, _, name = str(part.get("$ref", "")).rpartition("/")
        nested = {"properties", "items", "additionalProperties"}
        is_one = above == "#/$defs" and nested & set(self._schema["$defs"][name])
        return name if is_one else ""

    def _resolved(self, part: Schema) -> Schema:
        """Return a part with what it refers to in its place; its own words go first."""
        if "$ref" not in part:
            return part
        own = {key: value for key, value in part.items() if key != "$ref"}
        named: Any = reduce(getitem, part["$ref"].split("/")[1:], self._schema)
        return {**self._resolved(named), **own}


def _mappings_of(part: Schema) -> Iterator[str]:
    """Yield the definitions that a mapping may follow, depending on its keys."""
    for branch in (part[keyword] for keyword in ("then", "else") if keyword in part):
        if "$ref" in branch:
            yield branch["$ref"].rpartition("/")[2]
        yield from _mappings_of(branch)


def _linked(name: str) -> str:
    return f"[{name}](#{anchor(_definition(name))})"


def anchor(heading: str) -> str:
    """Return what GitHub calls a heading in links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _definition(name: str) -> str:
    return f"Definition `{name}`"


def _mapping_in(path: str, part: Schema) -> tuple[str, Schema]:
    """Return the mapping that a value is, or that its entries are, and its path.

    Returns {} for one that stands in a definition, which has a section of its own, and for none.
    """
    if "properties" in part:
        return path, part
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(part.get(keyword), Mapping):
            return _mapping_in(path + step, part[keyword])
    return path, {}


def _rules(mapping: Schema) -> Iterator[str]:
    """Yield which keys of a mapping need or exclude each other, as sentences."""
    needs = [each["required"] for each in mapping.get("anyOf", ()) if "required" in each]
    ways = [key for [key] in needs]
    pairs = {
        frozenset((key, other))
        for key, rule in mapping.get("dependentSchemas", {}).items()
        for other, allowed in rule["properties"].items()
        if allowed is False
    }
    for key, needed in mapping.get("dependentRequired", {}).items():
        yield from (f"{_code(key)} needs {_choice(map(_code, needed), 'and')} beside it.", "")
    if ways and pairs == {frozenset((a, b)) for a in ways for b in ways if a != b}:
        yield from (f"It has exactly one of {_choice(map(_code, ways), 'and')}.", "")
        return
    if ways:
        yield from (f"It has at least one of {_choice(map(_code, ways), 'and')}.", "")
    for pair in sorted(map(sorted, pairs)):
        yield from (f"{_code(pair[0])} cannot stand beside {_code(pair[1])}.", "")


def _limits(type_: str, part: Schema) -> Iterator[str]:
    """Yield what limits the values of a type, in words."""
    limits = {each: part[each] for each in _LIMITS.get(type_, ()) if each in part}
    if {"minimum", "maximum"} <= set(limits):
        yield f"{limits.pop('minimum')} to {limits.pop('maximum')}"
    for keyword, value in limits.items():
        if keyword == "patternErrorMessage":
            yield _escaped(re.sub(r"^must not be (\w+)$", r"not \1", value))
        elif keyword in ("minItems", "minProperties") and value == 1:
            yield "not empty"
        else:
            yield _LIMIT_WORDS[keyword].format(value)


def _examples(path: str, part: Schema) -> Iterator[str]:
    """Yield the examples of a key; those of one in a list are in no place of their own."""
    examples = part.get("examples", ())
    if "[]" in path or "*" in path:
        if examples:
            yield from (*_wrapped(_for_example(part).strip()), "")
        return
    scalars = [each for each in examples if not isinstance(each, (Mapping, list))]
    for each in [*scalars[:1], *(each for each in examples if each not in scalars)]:
        for key in reversed(path.split(".")):
            each = {key: each}
        yield from _block(each)
    if (more := scalars[1:]) and part.get("type") != "boolean":
        yield from (*_wrapped(f"Other examples: {', '.join(map(_code, more))}."), "")
    if names := [each for each in offered(part) if each not in examples]:
        yield from (
            *_wrapped(f"Editors complete these as well: {', '.join(map(_code, names))}."),
            "",
        )


def _for_example(part: Schema) -> str:
    examples = [_code(each) for each in part.get("examples", ())[:_FEW]]
    return f" For example {_choice(examples)}." if examples else ""


def _block(data: Any) -> Iterator[str]:
    dumped = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=_WIDTH - 10)
    yield from ("```yaml", *dumped.rstrip("\n").split("\n"), "```", "")


def _code(value: Any) -> str:
    """Return a value as it is written in a profile, on one line and as code."""
    dumped = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    line = dumped.removesuffix("...\n").strip()
    return f"`{_escaped(line, code=True)}`"


def _choice(words: Iterable[str], joined: str = "or") -> str:
    *first, last = words
    return f"{', '.join(first)} {joined} {last}" if first else last


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.) (?=[A-Z])", text, maxsplit=1)[0]


def _escaped(text: str, *, code: bool = False) -> str:
    """Return a text that Markdown shows as it is, in a table too."""
    return (text if code else text.replace("<", "&lt;").replace("*", r"\*")).replace("|", r"\|")


def _wrapped(text: str) -> Sequence[str]:
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
