"""Templates in a profile that mean nothing, and secrets where they would be read or heard.

Where secrets may stand, the schema says, by `x-secrets`, which holds for all that is below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .credentials import known
from .diagnostics import Diagnostic, quote
from .schema import keys_of, resolved, schema
from .templates import Token, tokens
from .value_errors import either, named
from .yaml_source import Source

PREFIX = "secrets."

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value in a profile that is no mapping and no list; `open` is where secrets may stand."""

    where: tuple[str | int, ...]
    value: Any
    open: bool


def secret_problems(source: Source, rules: dict[str, Any] | None = None) -> Iterator[Diagnostic]:
    """Yield the templates that are no name, and the secrets that stand in a text.

    `rules` are the schema of the file, by default that of a profile.
    """
    if not any("{{" in text or known(text) for text in source.texts.values()):
        return
    found = (each for each in scalars(source.data, rules) if isinstance(each.value, str))
    for scalar in found:
        yield from _of_templates(source, scalar)
        if not scalar.open:
            yield from _written(source, scalar)


def scalars(data: Any, rules: dict[str, Any] | None = None) -> Iterator[Scalar]:
    """Yield all values of a profile that stand below keys of the format."""
    return _below(data, schema() if rules is None else rules, (), False)


def _below(
    data: Any, part: dict[str, Any], where: tuple[str | int, ...], is_open: bool
) -> Iterator[Scalar]:
    part = resolved(part)
    is_open = part.get("x-secrets", is_open)
    if isinstance(data, dict):
        keys, others = keys_of(part), part.get("additionalProperties")
        for key, value in data.items():
            inner = keys.get(key, others)
            if is_open or isinstance(inner, dict):
                below = inner if isinstance(inner, dict) else {}
                yield from _below(value, below, (*where, key), is_open)
    elif isinstance(data, list):
        inner = part.get("items", {})
        for number, value in enumerate(data):
            yield from _below(value, inner, (*where, number), is_open)
    else:
        yield Scalar(where, data, is_open)


def is_secret(name: str | None) -> bool:
    """Tell whether the name in a template is that of a secret, as it stands or nearly."""
    return name is not None and re.match(r"secrets?\b", name) is not None


def _of_templates(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    places: dict[str, Iterator[Any]] = {}
    node = source.value(scalar.where)
    for token in tokens(scalar.value):
        problem = _problem(token, scalar)
        raw = scalar.value[token.start : token.end]
        found = places.setdefault(raw, source.find(rf"(?<!\\){re.escape(raw)}", node))
        place = next(found, node)
        if problem:
            yield source.at(place, *problem)


def _problem(token: Token, scalar: Scalar) -> tuple[str, str, str] | None:
    """Return the kind of what is wrong with a token, what it is, and what to write instead."""
    name = token.name
    if not scalar.open:
        if not is_secret(name):
            return None  # Lint says that nothing fills it in.
        message = f"{named(scalar.where)} is no place for a secret: {_WHY}"
        return "secret-in-text", message, _where_secrets_stand()
    if name is None:
        hint = "write {{ secrets.NAME }}, or \\{{ for the two braces themselves"
        return "template", "these braces are never closed", hint
    if token.is_name and re.fullmatch(rf"{re.escape(PREFIX)}\w+", name):
        return None
    if not name:
        return "template", "there is no name between these braces", "write {{ secrets.NAME }}"
    return "template", f"{quote(name)} is no name that may stand here", _instead(name)


_WHY = "what stands here is read by the llm, heard by callers, or shown in reports"


def _instead(name: str) -> str:
    if meant := re.match(r"secrets?\W+([\w-]+)", name):
        variable = meant[1].replace("-", "_")
        return f"did you mean {{{{ secrets.{variable} }}}}?"
    variable = re.split(r"\W+", name.strip("$ "))[-1]
    if _VARIABLE.fullmatch(variable):
        return f"did you mean {{{{ secrets.{variable} }}}}, the variable of the environment?"
    return "{{ secrets.NAME }} is the variable NAME of the environment, and nothing else is known"


@cache
def _where_secrets_stand() -> str:
    """Return the sentence on the keys below which secrets may stand."""
    return f"secrets may stand below {either(list(dict.fromkeys(_open_keys(schema()))))}"


def _open_keys(part: dict[str, Any], *where: str) -> Iterator[str]:
    for key, inner in keys_of(part).items():
        inner = resolved(inner)
        if inner.get("x-secrets"):
            yield ".".join((*where, key))
        elif key not in where:  # A definition may contain itself.
            yield from _open_keys(inner, *where, key)


def _written(source: Source, scalar: Scalar) -> Iterator[Diagnostic]:
    node = source.value(scalar.where)
    for start, end in known(scalar.value):
        written = scalar.value[start:end]
        place = next(source.find(re.escape(written), node), node)
        message = f"this looks like a secret, and {named(scalar.where)} is no place for one: {_WHY}"
        hint = "take it out, and have whoever issued it replace it"
        yield source.at(place, "secret-in-text", message, hint)
