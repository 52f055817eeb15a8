"""Templates in a profile that mean nothing, and secrets where they would be read or heard.

Where variables and secrets may stand, the schema says, by `x-template` and `x-secrets`, which hold
for all that is below. `x-tool` is a tool, and `x-parameters` a part of one where its `parameters`
are names as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from yaml.nodes import Node

from .credentials import known
from .diagnostics import Diagnostic
from .schema import keys_of, resolved, schema
from .template_errors import PREFIX, WHY, Names, is_secret, problem
from .templates import Token, tokens
from .value_errors import either, named
from .variable_uses import variables_of
from .yaml_source import Source, Span

__all__ = ["PREFIX", "Scalar", "is_secret", "scalars", "secret_problems"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value in a profile that is no mapping and no list.

    `open` is where secrets may stand, and `template` where variables may. `parameters` are those of
    the tool that it is in, and `tool` is the path of that.
    """

    where: tuple[str | int, ...]
    value: Any
    open: bool
    template: bool = False
    tool: tuple[str | int, ...] = ()
    parameters: frozenset[str] = frozenset()


def secret_problems(
    source: Source, rules: dict[str, Any] | None = None, *, incomplete: bool = False
) -> Iterator[Diagnostic]:
    """Yield the templates with a name that means nothing, and the secrets that stand in a text.

    `rules` are the schema of the file, by default that of a profile. What is `incomplete` may have
    names that another file declares.
    """
    if not any("{{" in text or known(text) for text in source.texts.values()):
        return
    variables = variables_of(source.data)
    for scalar in scalars(source.data, rules):
        if not isinstance(scalar.value, str):
            continue
        for found in _of_templates(source, scalar, variables):
            if not (incomplete and found.kind == "unknown-variable"):
                yield found
        if not scalar.open:
            yield from _written(source, scalar)


def scalars(data: Any, rules: dict[str, Any] | None = None) -> Iterator[Scalar]:
    """Yield all values of a profile that stand below keys of the format."""
    return _below(data, schema() if rules is None else rules, Scalar((), None, False))


def _below(data: Any, part: dict[str, Any], at: Scalar) -> Iterator[Scalar]:
    part = resolved(part)
    at = replace(
        at,
        value=data,
        open=part.get("x-secrets", at.open),
        template=part.get("x-template", at.template),
    )
    if isinstance(data, dict):
        if part.get("x-tool"):
            at = replace(at, tool=at.where)
        own = _parameters(data)
        keys, others = keys_of(part), part.get("additionalProperties")
        for key, value in data.items():
            inner = keys.get(key, others)
            if at.open or at.template or isinstance(inner, dict):
                below = inner if isinstance(inner, dict) else {}
                names = own if resolved(below).get("x-parameters") else at.parameters
                inside = replace(at, where=(*at.where, key), parameters=names)
                yield from _below(value, below, inside)
    elif isinstance(data, list):
        inner = part.get("items", {})
        for number, value in enumerate(data):
            yield from _below(value, inner, replace(at, where=(*at.where, number)))
    else:
        yield at


def _parameters(tool: dict[str, Any]) -> frozenset[str]:
    written = tool.get("parameters")
    return frozenset(written) if isinstance(written, dict) else frozenset()


def _of_templates(
    source: Source, scalar: Scalar, variables: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    names = Names(variables, scalar.parameters)
    for token, place in placed(source, scalar):
        wrong = problem(
            token, names, named(scalar.where), variables=scalar.template, secrets=scalar.open
        )
        if wrong:
            hint = wrong.hint or _where_secrets_stand()
            yield source.at(place, wrong.kind, wrong.message, hint)


def placed(source: Source, scalar: Scalar) -> Iterator[tuple[Token, Node | Span]]:
    """Yield the tokens of a text with where each stands; the whole text where escapes hide it."""
    places: dict[str, Iterator[Span]] = {}
    node = source.value(scalar.where)
    for token in tokens(scalar.value):
        raw = scalar.value[token.start : token.end]
        found = places.setdefault(raw, source.find(rf"(?<!\\){re.escape(raw)}", node))
        yield token, next(found, node)


@cache
def _where_secrets_stand() -> str:
    """Return the sentence on the keys below which secrets may stand."""
    keys = list(dict.fromkeys(_open_keys(schema())))
    # What agents have as the profile has it is said once.
    own = [each for each in keys if not any(each.endswith(f".*.{key}") for key in keys)]
    return f"secrets may stand below {either(own)}"


def _open_keys(part: dict[str, Any], *where: str) -> Iterator[str]:
    for key, inner in keys_of(part).items():
        inner = resolved(inner)
        if inner.get("x-secrets"):
            yield ".".join((*where, key))
        elif key not in where:  # A definition may contain itself.
            yield from _open_keys(inner, *where, key)
    if isinstance(entry := part.get("additionalProperties"), dict) and "*" not in where[-1:]:
        yield from _open_keys({"properties": {"*": entry}}, *where)


def _written(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    node = source.value(scalar.where)
    for start, end in known(scalar.value):
        written = scalar.value[start:end]
        place = next(source.find(re.escape(written), node), node)
        message = f"this looks like a secret, and {named(scalar.where)} is no place for one: {WHY}"
        hint = "take it out, and have whoever issued it replace it"
        yield source.at(place, "secret-in-text", message, hint)
