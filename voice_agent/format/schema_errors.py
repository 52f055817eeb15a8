"""What the schema forbids in a profile, in an operator's words.

Nothing here names a key of the format: what a message needs beyond JSON Schema's own keywords
stands in the schema, as annotations: `patternErrorMessage` and `errorMessage` (which editors show
too), `x-lacking` (what a mapping without any of its choices lacks), `x-unless` (what makes
required keys unnecessary) and `x-elsewhere` (where keys go that a mapping does not have).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode

from .diagnostics import Diagnostic, quote
from .schema import TYPES, conforms, nested_keys, part_at, resolved, schema
from .synonyms import ALSO_CALLED, ELSEWHERE
from .typos import closest
from .yaml_source import BOOLEANS, Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

# A jsonschema ValidationError, whose own types would need a cast at every use.
_Error: TypeAlias = Any
Where: TypeAlias = Sequence["str | int"]

# Unknown keys that get a suggestion: no operator reads more, and looking for one takes time.
_MOST_SUGGESTIONS = 500

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
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


def schema_problems(source: Source, rules: dict[str, Any] | None = None) -> Iterator[Diagnostic]:
    """Yield everything in a profile that the schema forbids, or that `rules`, a part of it, do."""
    if conforms(source.data, rules):
        return
    errors = list(_validator(rules).iter_errors(source.data))
    meant: set[tuple[str | int, ...]] = set()  # what a misspelt key stands for is not missing
    for error in errors:
        if error.validator == "additionalProperties":
            yield from _unknown_keys(source, error, meant)
    several: list[Diagnostic] = []  # jsonschema has an error for each, and does not say which
    for error in errors:
        if error.validator in ("required", "dependentRequired", "anyOf"):
            several += _missing_keys(source, error, meant)
        elif error.validator is None:
            several += _conflicts(source, error)
        elif error.validator != "additionalProperties":
            yield _wrong_value(source, error)
    yield from dict.fromkeys(several)


def _wrong_value(source: Source, error: _Error) -> Diagnostic:
    if error.validator == "type":
        return _wrong_type(source, error)
    where = list(error.absolute_path)
    if "errorMessage" in error.schema:
        message, _, hint = error.schema["errorMessage"].partition("; ")
        message = f"{_named(where)} {message}"
        return source.at(source.value(where), "wrong-value", message, hint or None)
    message = f"{_named(where)} {_wanted(error)}"
    return source.at(source.value(where), "wrong-value", message, _instead(error))


def _wanted(error: _Error) -> str:
    """Return what a value must be, as "must …"."""
    if error.validator == "pattern" and (words := error.schema.get("patternErrorMessage")):
        return str(words)
    limit = error.validator_value
    if error.validator == "enum":
        return f"must be {_either([_plain(each) for each in limit])}"
    if _wants_something(error):
        return "must not be empty"
    words = _WANTED.get(error.validator)
    if words is None:
        return f"is not as its description wants it: {error.schema.get('description', '')}".rstrip()
    wanted = f"must be {words.format(_plain(limit))}"
    return wanted.replace("characters", "character") if limit == 1 else wanted


def _wants_something(error: _Error) -> bool:
    """Tell whether a value is only wrong in that it is empty."""
    return error.validator_value == 1 and error.validator in _COUNTING and not error.instance


def _instead(error: _Error) -> str | None:
    """Return what to write instead of a wrong value."""
    if error.validator in _COUNTING and not _wants_something(error):
        return f"it is {len(error.instance)}"
    choices = error.validator_value if error.validator == "enum" else error.schema.get("examples")
    if not isinstance(error.instance, str) or not choices:
        return None
    close = closest(error.instance, choices)
    if close and error.instance.rstrip("\n") == close:
        return "write it on the line of its key"
    if close:
        return f"did you mean {quote(close)}?"
    return None if error.validator == "enum" else f"for example, {_plain(choices[0])}"


def _wrong_type(source: Source, error: _Error) -> Diagnostic:
    where = list(error.absolute_path)
    types = error.validator_value
    types = [types] if isinstance(types, str) else types
    wanted = " or ".join(_TYPES[each] for each in types)
    node, value = source.value(where), error.instance
    if not where:
        message = f"a profile must be a mapping of keys to values, not {_article(node, value)}"
        return source.at(node, "wrong-type", message, "write lines such as llm: openai/gpt-4.1")
    if value is None:
        message = f"{_named(where)} is empty, and must be {wanted}"
        return source.at(source.key(where), "wrong-type", message, _left_out(error.schema))
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    numeric = not {"integer", "number"}.isdisjoint(types)
    seen = node.value if is_number and numeric else _article(node, value)
    message = f"{_named(where)} must be {wanted}, not {seen}"
    hint = _flat(where[-1], value)
    if "string" in types and isinstance(node, ScalarNode):
        reads = f"this as {_article(node, value)}"
        if isinstance(value, bool) and node.value.lower() not in ("true", "false"):
            reads = "the bare words yes, no, on and off as true or false"
        message = f"{_named(where)} must be text, and YAML reads {reads}"
        hint = f'put it in quotes: "{node.value}"'
    elif isinstance(value, float) and numeric:
        hint = f"write {int(value)}" if value.is_integer() else None
    elif isinstance(value, str) and numeric:
        hint = _number_in(value, types, error.schema)
    elif "string" in types and isinstance(value, list):
        hint = "write one text; to run over several lines, put a | after the key"
    elif "boolean" in types and not hint:
        message, hint = _no_boolean(value, message, where, error.schema)
    elif not hint and "object" in types:
        hint = _a_mapping(error.schema)
    return source.at(node, "wrong-type", message, hint)


def _number_in(text: str, types: Sequence[str], part: dict[str, Any]) -> str | None:
    """Return how to write a number that stands in quotes, or with its unit."""
    found = re.fullmatch(r"\s*([-+]?[0-9]+(\.[0-9]+)?)\s*([A-Za-z%]*)\s*", text)
    example = _left_out(part)
    if not found or (found[2] and "number" not in types):
        return example
    if found[3]:
        return "write the number without its unit" + (f"; {example}" if example else "")
    return f"write it without quotes: {found[1]}"


def _a_mapping(part: dict[str, Any]) -> str | None:
    """Return how a mapping begins, by the first of its keys that has an example."""
    for key, inner in part.get("properties", {}).items():
        if inner.get("examples"):
            return f"write {key}: {_plain(inner['examples'][0])} on a line of its own below the key"
    return None


def _no_boolean(
    value: Any, message: str, where: Where, part: dict[str, Any]
) -> tuple[str, str | None]:
    """Return what is wrong with a value that should be true or false, and what to write instead."""
    if isinstance(value, str) and (word := value.strip().lower()) in BOOLEANS:
        message = f"{_named(where)} must be true or false, and the quotes make this text"
        return message, f"write it without quotes: {json.dumps(BOOLEANS[word])}"
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
    return f"for example, {_plain(part['examples'][0])}" if part.get("examples") else None


def _flat(key: str | int, value: Any) -> str | None:
    """Return how to write on one line what LiveKit's Python API nests."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("enabled"), bool):
        return f"write {key}: {json.dumps(value['enabled'])}"
    if isinstance(value.get("model"), str):
        suffix = value.get("voice") or value.get("language")
        return f"write {key}: {value['model']}" + (f":{suffix}" if suffix else "")
    return None


def _unknown_keys(
    source: Source, error: _Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    allowed = list(error.schema.get("properties", ()))
    where = list(error.absolute_path)
    for number, key in enumerate(key for key in error.instance if key not in allowed):
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
        close = ALSO_CALLED.get(snake)
        if close not in allowed:
            close = None
        hint = error.schema.get("x-elsewhere", {}).get(snake)
        hint = hint or (None if close else _elsewhere(snake, where, allowed))
        if not (close or hint) and number < _MOST_SUGGESTIONS:
            close = closest(snake, allowed)
        if close:
            hint = f"did you mean {quote(close)}?"
            meant.add((*where, close))
        place = source.key([*where, key])
        hint = hint or f"expected {_either(allowed)}"
        yield source.at(place, "unknown-key", f"unknown key {quote(key)}", hint)


def _elsewhere(key: str, where: Where, allowed: Sequence[str]) -> str | None:
    """Return where a key goes that is not one of those allowed, if it is known at all."""
    if key in allowed:
        return None  # It is only spelt in another way.
    if where and key in schema()["properties"]:
        return "it goes at the top of the profile"
    if homes := _homes(key):
        return f"it goes under {_either(homes)}"
    return ELSEWHERE.get(key)


def _homes(key: str) -> list[str]:
    """Return the mappings of a profile that have a key, by their paths."""
    return list(
        dict.fromkeys(".".join(path[:-1]) for path in _nested() if path[-1] == key and path[:-1])
    )


@cache
def _nested() -> tuple[tuple[str, ...], ...]:
    return tuple(nested_keys(schema()))


def _missing_keys(
    source: Source, error: _Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    where = list(error.absolute_path)
    place = source.key(where) if where else source.value(where).start_mark.index
    if error.validator == "anyOf":
        yield from _choiceless(source, error, place, meant)
        return
    keys, why = error.validator_value, error.schema.get("x-unless", "")
    if error.validator == "dependentRequired":
        pairs = [(key, each) for key, needed in keys.items() for each in needed]
        keys = [each for key, each in pairs if key in error.instance]
        first = next((key for key, _ in pairs if key in error.instance), "")
        why = f"which {quote(first)} needs beside it"
    for key in keys:
        if key in error.instance or (*where, key) in meant:
            continue
        message = f"missing key {quote(key)}" + (f", {why}" if why else "")
        examples = part_at([*where, key]).get("examples")
        hint = f"for example, {key}: {examples[0]}" if examples and not where else None
        yield source.at(place, "missing-key", message, hint)


def _choiceless(
    source: Source, error: _Error, place: Node | int, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with a mapping that has none of its choices of keys."""
    where = list(error.absolute_path)
    choices = [key for each in error.validator_value for key in each.get("required", ())]
    if any((*where, choice) in meant for choice in choices):
        return
    if not choices:
        yield source.at(place, "wrong-value", f"{_named(where)} {_wanted(error)}")
        return
    lacking = error.schema.get("x-lacking", "one of its keys")
    message = f"{_named(where)} lacks {lacking}"
    yield source.at(place, "missing-key", message, f"give it {_either(choices)}")


def _conflicts(source: Source, error: _Error) -> Iterator[Diagnostic]:
    """Yield the keys that cannot stand beside the first of their kind, as dependentSchemas says."""
    path = list(error.absolute_schema_path)
    depth = path.index("dependentSchemas") + 1
    rules: Any = schema()
    for step in path[:depth]:
        rules = resolved(rules[step])
    choices = {*rules, *(key for rule in rules.values() for key in rule["properties"])}
    where, data = list(error.absolute_path), {}
    # Whether the path has the key at its end depends on the version of jsonschema.
    for end in (len(where), len(where) - 1):
        data = reduce(getitem, where[:end], source.data)
        if isinstance(data, dict) and path[depth] in data:
            where = where[:end]
            break
    keys = [source.key([*where, key]) for key in data if key in choices]
    keys.sort(key=lambda key: int(key.start_mark.index))
    for number, key in enumerate(keys):
        others = (other for other in keys[:number] if _exclude(rules, key.value, other.value))
        if (first := next(others, None)) is None:
            continue
        message = f"{quote(key.value)} cannot stand beside {quote(first.value)}"
        message += f" on line {source.line(first)}"
        yield source.at(key, "conflict", message, "keep one of the two", other=first)


def _exclude(rules: dict[str, Any], *pair: str) -> bool:
    """Tell whether two keys exclude each other, whichever of them has the rule."""
    return any(
        rules.get(one, {}).get("properties", {}).get(other) is False
        for one, other in (pair, pair[::-1])
    )


def _validator(rules: dict[str, Any] | None) -> Draft202012Validator:
    return _whole_validator() if rules is None else _validator_of(rules)


@cache
def _whole_validator() -> Draft202012Validator:
    return _validator_of(schema())


def _validator_of(rules: dict[str, Any]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator, validators  # here, as importing it takes 0.1 s

    checks = {name: lambda _, data, check=check: check(data) for name, check in TYPES.items()}
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(checks)
    extended: Any = validators.extend  # which has no types
    made: Draft202012Validator = extended(Draft202012Validator, type_checker=checker)(rules)
    return made


def _either(words: Sequence[str]) -> str:
    """Return the words as a choice, in quotes."""
    quoted = [quote(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def _named(where: Where) -> str:
    """Return a path into a profile as people write it."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return quote(path.removeprefix("."))


def _plain(value: Any) -> str:
    """Return a value as it is written in a profile, on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _article(node: Node, value: object) -> str:
    """Return what YAML made of a node, in words."""
    if isinstance(node, ScalarNode):
        if isinstance(value, bool):
            return f"the boolean {json.dumps(value)}"
        if isinstance(value, (int, float)):
            return "a number"
        return "text" if value is not None else "nothing"
    return "a mapping" if isinstance(node, MappingNode) else "a list"
