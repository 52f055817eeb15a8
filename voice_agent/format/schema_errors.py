"""What the schema forbids in a profile, in an operator's words.

Nothing here names a key of the format: what a message needs beyond JSON Schema's own keywords
stands in the schema, as annotations: `patternErrorMessage` and `errorMessage` (which editors show
too), `x-lacking` (what a mapping without any of its choices lacks), `x-unless` (what makes
required keys unnecessary, or what does in their place), `x-one` (what to write instead of a list of
texts), `x-elsewhere` (where keys go that a mapping does not have), `x-otherwise` (what to write
instead of a value of another kind), `x-unlisted` (that no message offers the key), `x-python` (that
a mapping has the options of a class in Python), and `x-called` and `x-begins` (what a file is that
is no profile, and how it begins).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from yaml.nodes import Node

from .diagnostics import Diagnostic, quote
from .misnamed import misnamed, snake_case
from .schema import (
    TYPES,
    conforms,
    exclude,
    nested_keys,
    part_at,
    resolved,
    schema,
    takes_variables,
)
from .sdk_source import default, has_option
from .synonyms import ALSO_CALLED, ELSEWHERE, LIVEKITS, MEANS_ELSE, NOT_YET
from .templates import tokens, whole
from .typos import closest
from .value_errors import Error, Where, either, named, wanted, wrong_value
from .variable_uses import variables_of
from .yaml_source import Source
from .yaml_traps import key_from_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

# Unknown keys that get a suggestion: no operator reads more, and looking for one takes time.
_MOST_SUGGESTIONS = 500


def schema_problems(
    source: Source,
    rules: dict[str, Any] | None = None,
    where: Where = (),
    *,
    incomplete: bool = False,
) -> Iterator[Diagnostic]:
    """Yield everything that the schema forbids in a profile, or that `rules` do at a path in it.

    Keys may be missing from what is `incomplete`, except in the entries of lists, which nothing
    completes.
    """
    data = reduce(getitem, where, source.data)
    if conforms(data, rules):
        return
    errors = list(_validator(rules).iter_errors(data))
    if rules and "x-python" in rules:
        errors = [each for each in errors if not _is_open(each)]
    for error in errors:
        error.path.extendleft(reversed(where))
    variables = variables_of(source.data)
    errors = [each for each in errors if not _is_filled_in(each, variables)]
    if incomplete:
        errors = [each for each in errors if not (_lacks(each) and _stands_alone(each))]
    explained, errors = misnamed(source, errors)
    yield from explained
    meant: set[tuple[str | int, ...]] = set()  # what a misspelt key stands for is not missing
    for error in errors:
        if error.validator == "additionalProperties":
            yield from _unknown_keys(source, error, meant)
    mistyped = [error.absolute_path for error in errors if error.validator == "type"]
    several: list[Diagnostic] = []  # jsonschema has an error for each, and does not say which
    for error in errors:
        if _lacks(error):
            several += _missing_keys(source, error, meant)
        elif error.validator is None:
            several += _conflicts(source, error)
        elif error.validator == "enum" and error.absolute_path in mistyped:
            continue  # Its type says enough.
        elif "x-telephone" in error.schema and isinstance(error.instance, int):
            continue  # There is a better word for a number that should be one to call.
        elif "propertyNames" in error.absolute_schema_path:
            yield _wrong_name(source, error)
        elif error.validator != "additionalProperties":
            yield wrong_value(source, error)
    yield from dict.fromkeys(several)


def _is_open(error: Error) -> bool:
    """Tell whether a text is one of those allowed only once its templates are filled in."""
    is_text = error.validator == "enum" and isinstance(error.instance, str)
    return is_text and next(tokens(error.instance), None) is not None


def _is_filled_in(error: Error, variables: Mapping[str, Any]) -> bool:
    """Tell whether a text has names of variables, and only a call shows what becomes of it.

    One that is nothing but a name keeps the type of its variable.
    """
    text = error.instance
    if not isinstance(text, str) or "{{" not in text or error.validator == "propertyNames":
        return False
    if not takes_variables(list(error.absolute_path)) or not any(tokens(text)):
        return False
    if error.validator != "type":
        return True
    name = whole(text)
    variable = variables.get(name) if name else None
    kind = variable.get("type", "string") if isinstance(variable, dict) else None
    return name is not None and (kind is None or _includes(error.validator_value, kind))


def _includes(types: str | list[str], kind: str) -> bool:
    several = [types] if isinstance(types, str) else types
    return kind in several or (kind == "integer" and "number" in several)


def _lacks(error: Error) -> bool:
    return error.validator in ("required", "dependentRequired", "anyOf")


def _stands_alone(error: Error) -> bool:
    return not any(isinstance(step, int) for step in error.absolute_path)


def _wrong_name(source: Source, error: Error) -> Diagnostic:
    place = source.key([*error.absolute_path, error.instance])
    return source.at(place, "wrong-value", f"the name {quote(error.instance)} {wanted(error)}")


def _unknown_keys(
    source: Source, error: Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    parts = error.schema.get("properties", {})
    allowed = [key for key, part in parts.items() if not (part and "x-unlisted" in part)]
    where = list(error.absolute_path)
    for number, key in enumerate(key for key in error.instance if key not in parts):
        few = number < _MOST_SUGGESTIONS
        nodes = source.value(where), source.value([*where, key])
        text = source.texts[source.path_of(nodes[0])]
        trap = key_from_text(text, *nodes, key, allowed) if few else None
        snake = snake_case(key)
        close = ALSO_CALLED.get(snake)
        if close not in allowed:
            close = None
        hint = error.schema.get("x-elsewhere", {}).get(snake)
        own = error.schema.get("x-livekit", "")
        if not (hint or close or "x-python" in error.schema):  # whose keys go nowhere else
            hint = _elsewhere(snake, where, allowed, own)
        if trap:
            hint, close = trap
        elif not (close or hint) and few:
            close = closest(snake, allowed)
        if close:
            hint = hint if trap else f"did you mean {quote(close)}?"
            meant.add((*where, close))
        if trap and not hint:
            continue  # The key before it has said it.
        place = source.key([*where, key])
        hint = hint or (f"expected {either(allowed)}" if allowed else "take it out")
        yield source.at(place, "unknown-key", f"unknown key {quote(key)}", hint)


def _elsewhere(key: str, where: Where, allowed: Sequence[str], own: str) -> str | None:
    """Return where a key goes that is not one of those allowed, if it is known at all.

    `own` is what the mapping that has the key is in LiveKit's source.
    """
    if key in allowed:
        return None  # It is only spelt in another way.
    if where and key in schema()["properties"]:
        return "it goes at the top of the profile"
    homes = _homes(key)
    if homes and not (key in MEANS_ELSE and not where):
        return f"it goes under {either(homes)}"
    is_own = has_option(own, key)
    if key in ELSEWHERE:
        return ELSEWHERE[key]
    if key in NOT_YET and (is_own or not where):
        return NOT_YET[key]
    other = ALSO_CALLED.get(key)
    homes = _homes(other) if other and not where else []
    if other and len(homes) == 1:
        return f"it is {quote(other)} under {quote(homes[0])}"
    option = f"{own}.{key}" if is_own else LIVEKITS.get(key)
    return _of_livekits(option) if option else None


def _of_livekits(option: str) -> str:
    """Return what applies in place of an option of LiveKit's that a profile does not take."""
    found = default(option)
    if found:
        return f"LiveKit's default is {json.dumps(found[0])}, and a profile cannot set it yet"
    return "LiveKit's own default applies, and a profile cannot set it yet"


def _homes(key: str) -> list[str]:
    """Return the mappings of a profile that have a key, by their paths."""
    homes: list[str] = []
    for *above, last in _nested():
        home = ".".join(above)
        # Of a mapping and those in it, the first says it.
        if last == key and above and not any(f"{home}.".startswith(f"{each}.") for each in homes):
            homes.append(home)
    return homes


@cache
def _nested() -> tuple[tuple[str, ...], ...]:
    return tuple(nested_keys(schema()))


def _missing_keys(
    source: Source, error: Error, meant: set[tuple[str | int, ...]]
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
        first = examples[0] if examples and not where else None
        hint = None if where else error.schema.get("x-begins")
        hint = f"for example, {key}: {first}" if isinstance(first, str) else hint
        yield source.at(place, "missing-key", message, hint)


def _choiceless(
    source: Source, error: Error, place: Node | int, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with a mapping that has none of its choices of keys."""
    where = list(error.absolute_path)
    choices = [key for each in error.validator_value for key in each.get("required", ())]
    if any((*where, choice) in meant for choice in choices):
        return
    if not choices:
        yield source.at(place, "wrong-value", f"{named(where)} {wanted(error)}")
        return
    lacking = error.schema.get("x-lacking", "one of its keys")
    message = f"{named(where)} lacks {lacking}"
    yield source.at(place, "missing-key", message, f"give it {either(choices)}")


def _conflicts(source: Source, error: Error) -> Iterator[Diagnostic]:
    """Yield the keys that cannot stand beside the first of their kind, as dependentSchemas says."""
    path = list(error.absolute_schema_path)
    depth = path.index("dependentSchemas")
    part: Any = schema()
    for step in path[:depth]:
        part = resolved(part[step])
    rules = part["dependentSchemas"]
    choices = {*rules, *(key for rule in rules.values() for key in rule["properties"])}
    where, data = list(error.absolute_path), {}
    # Whether the path has the key at its end depends on the version of jsonschema.
    for end in (len(where), len(where) - 1):
        data = reduce(getitem, where[:end], source.data)
        if isinstance(data, dict) and path[depth + 1] in data:
            where = where[:end]
            break
    nodes = {key: source.key([*where, key]) for key in data if key in choices}
    keys = sorted(nodes, key=lambda key: source.order(nodes[key]))
    for number, key in enumerate(keys):
        others = (other for other in keys[:number] if exclude(part, key, other))
        if (first := next(others, None)) is None:
            continue
        message = f"{quote(key)} cannot stand beside {quote(first)}"
        message += f" on {source.line_in_words(nodes[first], nodes[key])}"
        hint = "keep one of the two"
        yield source.at(nodes[key], "conflict", message, hint, other=nodes[first])


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
