"""Values that the schema forbids, in an operator's words: what is wrong, and what to write."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode

from .diagnostics import Diagnostic, quote
from .schema import TYPES, offered, resolved
from .typos import closest
from .yaml_source import BOOLEANS, Source
from .yaml_traps import braces_for_text, comment_for_text, no_entry

Error: TypeAlias = Any
"""A jsonschema ValidationError, whose own types would need a cast at every use."""
Where: TypeAlias = Sequence["str | int"]
"""A path into a profile."""

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}

_ANY = "\\S"  # the pattern of every text that must not be empty
_ONE_TEXT = "write one text; to run over several lines, put a | after the key"
# What people write for true and false beside the words of YAML.
_MEANT = {
    **dict.fromkeys(("always", "enabled", "allowed"), True),
    **dict.fromkeys(("never", "none", "disabled", "forbidden"), False),
}

# What a keyword of the schema wants of a value: "must …", with the keyword's own value in it.
_WANTED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters long",
    "maxLength": "at most {} characters long",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
    "minProperties": "a mapping of at least {}",
    "maxProperties": "a mapping of at most {}",
    "uniqueItems": "a list in which nothing stands twice",
    "const": "{}",
}
# Those that count, so that the message can say how many there are.
_COUNTING = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")


def wrong_value(source: Source, error: Error) -> Diagnostic:
    """Return what is wrong with a value that the schema forbids, and what to write instead."""
    if error.validator == "type":
        return _wrong_type(source, error)
    where = list(error.absolute_path)
    if "errorMessage" in error.schema:
        message, _, hint = error.schema["errorMessage"].partition("; ")
        message = f"{named(where)} {message}"
        return source.at(source.value(where), "wrong-value", message, hint or None)
    message = f"{named(where)} {wanted(error)}"
    return source.at(source.value(where), "wrong-value", message, _instead(error))


def wanted(error: Error) -> str:
    """Return what a value must be, as "must …"."""
    if error.validator == "pattern" and (words := error.schema.get("patternErrorMessage")):
        return str(words)
    limit = error.validator_value
    if error.validator == "enum":
        named = [each for each in limit if each is not None]
        return f"must be {_or([quote(x) if isinstance(x, str) else _plain(x) for x in named])}"
    if _wants_something(error):
        return "must not be empty"
    words = _WANTED.get(error.validator)
    if words is None:
        return f"is not as its description wants it: {error.schema.get('description', '')}".rstrip()
    wanted = f"must be {words.format(_plain(limit))}"
    return wanted.replace("characters", "character") if limit == 1 else wanted


def _wants_something(error: Error) -> bool:
    """Tell whether a value is only wrong in that it is empty."""
    return error.validator_value == 1 and error.validator in _COUNTING and not error.instance


def _instead(error: Error) -> str | None:
    """Return what to write instead of a wrong value."""
    if error.validator in _COUNTING and not _wants_something(error):
        return f"it is {len(error.instance)}"
    choices = error.validator_value if error.validator == "enum" else offered(error.schema)
    if not isinstance(error.instance, str) or not choices:
        otherwise: str | None = error.schema.get("x-otherwise")
        return otherwise
    of_provider = (each for each in choices if str(each).startswith(f"{error.instance}/"))
    close = next(of_provider, None) or closest(error.instance, choices)
    if close and error.instance.rstrip("\n") == close:
        return "write it on the line of its key"
    if close:
        return f"did you mean {quote(close)}?"
    return None if error.validator == "enum" else f"for example, {_plain(choices[0])}"


def _wrong_type(source: Source, error: Error) -> Diagnostic:
    where = list(error.absolute_path)
    types = error.validator_value
    types = [types] if isinstance(types, str) else types
    *others, last = (_TYPES[each] for each in types)
    wanted = f"{', '.join(others)} or {last}" if others else last
    node, value = source.value(where), error.instance
    if not where:
        called = error.schema.get("x-called", "a profile")
        message = f"{called} must be a mapping of keys to values, not {_article(node, value)}"
        begin = error.schema.get("x-begins", "write lines such as llm: openai/gpt-4.1")
        return source.at(node, "wrong-type", message, begin)
    if value is None:
        message = f"{named(where)} is empty, and must be {wanted}"
        written = source.texts[source.path_of(node)]
        instead = error.schema.get("x-otherwise") or _left_out(error.schema)
        advice = comment_for_text(written, node) or instead
        return source.at(source.key(where), "wrong-type", message, advice)
    part, key = error.schema, where[-1]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    numeric = not {"integer", "number"}.isdisjoint(types)
    seen = node.value if is_number and numeric else _article(node, value)
    message = f"{named(where)} must be {wanted}, not {seen}"
    hint: str | None = None
    if "string" in types and isinstance(node, ScalarNode):
        message, hint = _no_text(node, value, where, part)
    elif isinstance(value, float) and numeric:
        hint = f"write {int(value)}" if value.is_integer() else None
    elif isinstance(value, str) and numeric:
        hint = _number_in(value, types, part)
    elif isinstance(key, str) and _is_one(value, types):
        hint = f"write {key}: {_plain(value[0])}"
    elif isinstance(value, list):
        hint = _no_list(value, types, part)
    elif isinstance(value, dict) and isinstance(value.get("enabled"), bool):
        hint = f"write {key}: {json.dumps(value['enabled'])}"
    elif isinstance(value, dict) and (long := part.get("x-short-form-of")):
        hint = f"its settings go under {quote(long.rpartition('.')[0])}"
    elif "boolean" in types:
        message, hint = _no_boolean(value, message, where, part)
    elif "object" in types:
        hint = _a_mapping(part, value)
    elif "string" in types:
        hint = braces_for_text(source.written(node), node) or _ONE_TEXT
    elif "array" in types and isinstance(value, dict | str):
        hint = no_entry(value)
    return source.at(node, "wrong-type", message, hint or part.get("x-otherwise"))


def _no_text(
    node: ScalarNode, value: Any, where: Where, part: dict[str, Any]
) -> tuple[str, str | None]:
    """Return what is wrong with a number or a boolean in place of text, and what to write."""
    rule = part.get("patternErrorMessage")
    if rule and not re.search(part["pattern"], node.value):
        return f"{named(where)} {rule}, not {_article(node, value)}", _for_example(part)
    is_plain_boolean = node.value.lower() in ("true", "false")
    reads = f"this as {_article(node, value)}"
    if isinstance(value, bool) and not is_plain_boolean:
        reads = "the bare words yes, no, on and off as true or false"
    message = f"{named(where)} must be text, and YAML reads {reads}"
    if is_plain_boolean and "properties" in part:
        return message, _a_mapping(part)
    return message, f'put it in quotes: "{node.value}"'


def _is_one(value: Any, types: Sequence[str]) -> bool:
    """Tell whether a value is a list of nothing but a short value that is of a type wanted."""
    if not (isinstance(value, list) and len(value) == 1):
        return False
    fits = any(TYPES[each](value[0]) for each in types)
    is_short = re.fullmatch(r".{,60}", _plain(value[0])) is not None
    return fits and is_short and not isinstance(value[0], dict)


def _no_list(value: list[Any], types: Sequence[str], part: dict[str, Any]) -> str | None:
    """Return what to write instead of a list."""
    if "object" in types and (entry := next((x for x in value if isinstance(x, dict)), None)):
        return _by_name(entry) if "propertyNames" in part else 'leave out the "- " before its keys'
    if "string" in types:
        return str(part.get("x-one", _ONE_TEXT))
    return _a_mapping(part) if "object" in types else _left_out(part)


def _by_name(entry: dict[str, Any]) -> str:
    """Return how to write an entry of a list, where a mapping has each by its name."""
    name = entry.get("name", entry.get("id"))
    example = f", as in {name}:" if isinstance(name, str) and name.strip() else ""
    return f'begin each with its name and a colon in place of the "- "{example}'


def _number_in(text: str, types: Sequence[str], part: dict[str, Any]) -> str | None:
    """Return how to write a number that stands in quotes, or with its unit."""
    found = re.fullmatch(r"\s*([-+]?[0-9]+(\.[0-9]+)?)\s*([A-Za-z%]*)\s*", text)
    example = _left_out(part)
    if not found or (found[2] and "number" not in types):
        return example
    if found[3].lower() == "ms" and re.search(r"\bseconds\b", part["description"], re.IGNORECASE):
        return f"it is in seconds: write {float(found[1]) / 1000:g}"
    if found[3]:
        return "write the number without its unit" + (f"; {example}" if example else "")
    return f"write it without quotes: {found[1]}"


def _a_mapping(part: dict[str, Any], value: Any = None) -> str | None:
    """Return how a mapping begins: by its switch, or the first of its keys that has an example."""
    properties, below = part.get("properties", {}), "on a line of its own below the key"
    if isinstance(value, bool) and "enabled" in properties:
        return f"write enabled: {json.dumps(value)} {below}"
    if value is True and "null" in part["type"]:
        return "write the key, and nothing behind it"
    if key := _meant(part, value):
        return f"write {key}: {_plain(value)} {below}"
    for key, inner in properties.items():
        if inner.get("examples"):
            return f"write {key}: {_plain(inner['examples'][0])} {below}"
    return None


def _meant(part: dict[str, Any], value: Any) -> str | None:
    """Return the key whose value seems to stand where its mapping should: by its form, if any."""
    if not isinstance(value, str | int | float):
        return None
    for key, inner in part.get("properties", {}).items():
        pattern = resolved(inner).get("pattern", _ANY)
        if isinstance(value, str) and pattern != _ANY and re.search(pattern, value):
            return str(key)
    main = part.get("x-main")
    return str(main) if main else None


def _no_boolean(
    value: Any, message: str, where: Where, part: dict[str, Any]
) -> tuple[str, str | None]:
    """Return what is wrong with a value that should be true or false, and what to write instead."""
    if isinstance(value, str) and (word := value.strip().lower()) in BOOLEANS:
        message = f"{named(where)} must be true or false, and the quotes make this text"
        return message, f"write it without quotes: {json.dumps(BOOLEANS[word])}"
    if isinstance(value, str) and (word := value.strip().lower()) in _MEANT:
        return message, f"did you mean {json.dumps(_MEANT[word])}?"
    if isinstance(value, str) and (close := closest(value.strip().lower(), list(BOOLEANS))):
        return message, f"did you mean {close}?"
    if value in (0, 1):
        return message, f"did you mean {json.dumps(bool(value))}?"
    return message, _left_out(part)


def _left_out(part: dict[str, Any]) -> str | None:
    """Return what applies where a key is left out, in the words of its part of the schema."""
    if "default" in part:
        return f"leave it out for the default, {json.dumps(part['default'])}"
    if said := re.search(r"\bLeft out, (.+?)\.(?: |$)", part.get("description", "")):
        return f"left out, {said[1]}"
    return _for_example(part)


def _for_example(part: dict[str, Any]) -> str | None:
    return f"for example, {_plain(part['examples'][0])}" if part.get("examples") else None


def _article(node: Node, value: object) -> str:
    """Return what YAML made of a node, in words."""
    if isinstance(node, ScalarNode):
        if isinstance(value, bool):
            return f"the boolean {json.dumps(value)}"
        if isinstance(value, (int, float)):
            return "a number"
        return "text" if value is not None else "nothing"
    return "a mapping" if isinstance(node, MappingNode) else "a list"


def either(words: Sequence[str]) -> str:
    """Return the words as a choice, in quotes."""
    return _or([quote(word) for word in words])


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def named(where: Where) -> str:
    """Return a path into a profile as people write it."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return quote(path.removeprefix("."))


def _plain(value: Any) -> str:
    """Return a value as it is written in a profile, on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
