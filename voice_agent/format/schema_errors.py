"""What the schema says against a profile, in an operator's words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode

from .diagnostics import Diagnostic, quote
from .schema import conforms, schema
from .synonyms import ALSO_CALLED, ELSEWHERE
from .yaml_source import BOOLEANS, Source

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

# A jsonschema ValidationError, whose own types would need a cast at every use.
_Error: TypeAlias = Any

# Unknown keys that get a suggestion: no operator reads more, and looking for one takes time.
_MOST_SUGGESTIONS = 500

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}


def schema_problems(source: Source, rules: dict[str, Any] | None = None) -> Iterator[Diagnostic]:
    """Everything in a profile that the schema forbids, or that `rules`, a part of it, do."""
    if conforms(source.data, rules):
        return
    validator = _validator_of(rules) if rules else _validator()
    errors = list(validator.iter_errors(source.data))
    meant: set[tuple[str | int, ...]] = set()  # what a misspelt key stands for is not missing
    for error in errors:
        if error.validator == "additionalProperties":
            yield from _unknown_keys(source, error, meant)
    several: list[Diagnostic] = []  # jsonschema has an error for each, and does not say which
    for error in errors:
        if error.validator in ("required", "anyOf"):
            several += _missing_keys(source, error, meant)
        elif error.validator is None:
            several += _conflicts(source, error)
        elif error.validator != "additionalProperties":
            yield _wrong_value(source, error)
    yield from dict.fromkeys(several)


def _wrong_value(source: Source, error: _Error) -> Diagnostic:
    where = list(error.absolute_path)
    hint: str | None = None
    if error.validator == "type":
        return _wrong_type(source, error, where)
    if error.validator == "maxLength":
        message = f"{_named(where)} must be at most {error.validator_value} characters long"
        hint = f"it is {len(error.instance)}"
        return source.at(source.value(where), "wrong-value", message, hint)
    wanted = error.schema.get("patternErrorMessage") or _wanted(error)
    if error.validator == "enum":
        if close := _close(str(error.instance), error.validator_value):
            hint = f"did you mean {quote(close)}?"
        return source.at(source.value(where), "wrong-value", f"{_named(where)} {wanted}", hint)
    if isinstance(error.instance, str) and (examples := error.schema.get("examples")):
        close = _close(error.instance, examples)
        hint = f"did you mean {quote(close)}?" if close else f"for example, {examples[0]}"
        if close and error.instance.rstrip("\n") == close:
            hint = "write it on the line of its key"
    message = f"{_named(where)} {wanted}"
    return source.at(source.value(where), "wrong-value", message, hint)


def _wanted(error: _Error) -> str:
    limit = error.validator_value
    if error.validator == "enum":
        return f"must be {_either([str(each) for each in limit])}"
    if error.validator == "minItems":
        return "must not be empty"
    if error.validator == "const":
        return f"can only be {json.dumps(limit)}"
    bounds = {"minimum": "at least", "maximum": "at most"}
    if error.validator in bounds:
        return f"must be {bounds[error.validator]} {limit}"
    return str(error.message)


def _wrong_type(source: Source, error: _Error, where: list[str | int]) -> Diagnostic:
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
    message = f"{_named(where)} must be {wanted}, not {_article(node, value)}"
    hint = _flat(where[-1], value)
    if "string" in types and isinstance(node, ScalarNode):
        reads = f"this as {_article(node, value)}"
        if isinstance(value, bool) and node.value.lower() not in ("true", "false"):
            reads = "the bare words yes, no, on and off as true or false"
        message = f"{_named(where)} must be text, and YAML reads {reads}"
        hint = f'put it in quotes: "{node.value}"'
    elif "string" in types and isinstance(value, list):
        hint = "write one text; to run over several lines, put a | after the key"
    elif "boolean" in types and not hint:
        message, hint = _no_boolean(value, message, where, error.schema)
    return source.at(node, "wrong-type", message, hint)


def _no_boolean(
    value: Any, message: str, where: list[str | int], part: dict[str, Any]
) -> tuple[str, str | None]:
    """What is wrong with a value that should be true or false, and what to write instead."""
    if isinstance(value, str) and (word := value.strip().lower()) in BOOLEANS:
        message = f"{_named(where)} must be true or false, and the quotes make this text"
        return message, f"write it without quotes: {json.dumps(BOOLEANS[word])}"
    if isinstance(value, str) and (close := _close(value.strip().lower(), list(BOOLEANS))):
        return message, f"did you mean {close}?"
    if value in (0, 1):
        return message, f"did you mean {json.dumps(bool(value))}?"
    return message, _left_out(part)


def _left_out(part: dict[str, Any]) -> str | None:
    """What holds where a key is left out, in the words of its part of the schema."""
    if "default" in part:
        return f"leave it out for the default, {json.dumps(part['default'])}"
    if said := re.search(r"\bLeft out, (.+?)\.(?: |$)", part.get("description", "")):
        return f"left out, {said[1]}"
    return f"for example, {part['examples'][0]}" if part.get("examples") else None


def _flat(key: str | int, value: Any) -> str | None:
    """How to write on one line what LiveKit's Python API nests."""
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
    allowed = list(error.schema["properties"])
    where = list(error.absolute_path)
    for number, key in enumerate(key for key in error.instance if key not in allowed):
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
        close = ALSO_CALLED.get(snake)
        if close not in allowed:
            silent = snake in ELSEWHERE or number >= _MOST_SUGGESTIONS
            close = None if silent else _close(snake, allowed)
        if close:
            hint = f"did you mean {quote(close)}?"
            meant.add((*where, close))
        elif where and snake in schema()["properties"]:
            hint = "it goes at the top of the profile"
        elif snake in ELSEWHERE:
            hint = ELSEWHERE[snake]
        elif not where and (homes := _homes(snake)):
            hint = f"it goes under {_either(homes)}"
        else:
            hint = f"expected {_either(allowed)}"
        place = source.key([*where, key])
        yield source.at(place, "unknown-key", f"unknown key {quote(key)}", hint)


def _homes(key: str) -> list[str]:
    """The keys of a profile whose mappings have the key."""
    properties = schema()["properties"].items()
    return [name for name, value in properties if key in value.get("properties", {})]


def _missing_keys(
    source: Source, error: _Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    where = list(error.absolute_path)
    place = source.key(where) if where else source.value(where).start_mark.index
    if error.validator == "anyOf":
        choices = [choice["required"][0] for choice in error.validator_value]
        if not any((*where, choice) in meant for choice in choices):
            lacking = "what to open with" if where == ["on_enter"] else "what the caller does"
            message = f"{_named(where)} lacks {lacking}"
            yield source.at(place, "missing-key", message, f"give it {_either(choices)}")
        return
    for key in error.validator_value:
        if key in error.instance or (*where, key) in meant:
            continue
        message = f"missing key {quote(key)}"
        if "else" in error.absolute_schema_path:
            message += ", which only a realtime llm makes unnecessary"
        examples = schema()["properties"].get(key, {}).get("examples")
        hint = f"for example, {key}: {examples[0]}" if examples and not where else None
        yield source.at(place, "missing-key", message, hint)


def _conflicts(source: Source, error: _Error) -> Iterator[Diagnostic]:
    """The keys that cannot stand beside an earlier one, as dependentSchemas has it."""
    path = list(error.absolute_schema_path)
    depth = path.index("dependentSchemas") + 1
    rules = reduce(getitem, path[:depth], schema())
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


@cache
def _validator() -> Draft202012Validator:
    return _validator_of(schema())


def _validator_of(rules: dict[str, Any]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # here, as importing it takes 0.1 s

    return Draft202012Validator(rules)


def _close(word: str, choices: Sequence[str]) -> str | None:
    import difflib  # here, as importing it takes time

    texts = [each for each in choices if isinstance(each, str)]
    return next(iter(difflib.get_close_matches(word, texts, 1)), None)


def _either(words: Sequence[str]) -> str:
    """The words as a choice, in quotes."""
    quoted = [quote(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def _named(where: Sequence[str | int]) -> str:
    """A path into a profile as people write it."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return quote(path.removeprefix("."))


def _article(node: Node, value: object) -> str:
    """What YAML made of a node, in words."""
    if isinstance(node, ScalarNode):
        if isinstance(value, bool):
            return f"the boolean {json.dumps(value)}"
        if isinstance(value, (int, float)):
            return "a number"
        return "text" if value is not None else "nothing"
    return "a mapping" if isinstance(node, MappingNode) else "a list"
