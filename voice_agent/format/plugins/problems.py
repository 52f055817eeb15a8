"""What is wrong with the plugins in a profile, compared with their source.

A part of the schema says with `x-plugin`, a role, where a plugin may stand: as a mapping with the
key `plugin`, in a list of these, or in a list under `fallback`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any

from ..diagnostics import Diagnostic, quote
from ..models import Model, Models
from ..schema import Test, compiled, resolved, schema
from ..schema_errors import schema_problems
from ..value_errors import Where, named
from ..yaml_source import Source
from .packages import published, slip_of
from .roles import is_installed
from .source import Constructor, PluginError, constructor

_EVERY = "*"  # the step into whatever key or entry is there


@dataclass(frozen=True)
class Use:
    """A plugin in a profile: where its mapping is, the role that it is to play, and what it has."""

    where: tuple[str | int, ...]
    role: str
    name: str
    options: Mapping[str, Any]

    @property
    def plugin(self) -> str:
        """The name of the plugin's module."""
        return self.name.partition(".")[0]

    def constructor(self) -> Constructor | None:
        """Return how it is made; None where the plugin is not installed or has nothing such."""
        try:
            return constructor(self.name, self.role) if is_installed(self.plugin) else None
        except PluginError:
            return None


def uses(profile: Any) -> Iterator[Use]:
    """Yield every plugin in a profile, or in its data, which may be invalid."""
    for path, role in _places():
        for where, value in _at(profile, path, ()):
            yield from _in(value, where, role)


def _in(value: Any, where: tuple[str | int, ...], role: str) -> Iterator[Use]:
    if isinstance(value, Models):
        yield from _in(value.fallback, (*where, "fallback"), role)
    elif isinstance(value, Model):
        yield from _in(value.written, where, role)
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _in(each, (*where, number), role)
    elif isinstance(value, dict) and isinstance(value.get("fallback"), list):
        yield from _in(value["fallback"], (*where, "fallback"), role)
    elif isinstance(value, dict) and isinstance(value.get("plugin"), str):
        options = {key: each for key, each in value.items() if key != "plugin"}
        yield Use(where, role, value["plugin"], options)


@cache
def _places() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the paths into a profile at which the schema lets plugins stand, with their roles."""
    return tuple(dict.fromkeys(_below(schema(), (), ())))


def _below(
    part: Any, where: tuple[str, ...], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    reference = part.get("$ref", "") if isinstance(part, dict) else ""
    part = resolved(part)
    if not isinstance(part, dict) or reference in above:  # A definition may contain itself.
        return
    above = (*above, reference) if reference else above
    if role := part.get("x-plugin"):
        yield where, role
        return
    for key, inner in part.get("properties", {}).items():
        yield from _below(inner, (*where, key), above)
    for keyword in ("items", "additionalProperties"):
        yield from _below(part.get(keyword), (*where, _EVERY), above)
    for keyword in ("then", "else"):
        yield from _below(part.get(keyword), where, above)


def _at(
    data: Any, path: tuple[str, ...], where: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the values that a path leads to, each with the path it has itself."""
    if not path:
        yield where, data
        return
    inner: dict[Any, Any] = {}
    if isinstance(data, dict):
        inner = data
    elif is_dataclass(data):
        inner = {each.name: getattr(data, each.name) for each in fields(data)}
    elif isinstance(data, (list, tuple)) and path[0] == _EVERY:
        inner = dict(enumerate(data))
    for key in inner if path[0] == _EVERY else [path[0]]:
        if key in inner:
            yield from _at(inner[key], path[1:], (*where, key))


def plugin_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what no installed plugin can make anything of."""
    for use in uses(source.data):
        place = source.value([*use.where, "plugin"])
        if not is_installed(use.plugin):
            close = None if use.plugin in published() else slip_of(use.plugin)
            if close:
                message = f"there is no plugin {quote(use.plugin)}"
                hint = f"did you mean {quote(use.name.replace(use.plugin, close, 1))}?"
                yield source.at(place, "wrong-value", message, hint)
            continue
        try:
            found = constructor(use.name, use.role)
        except PluginError as error:
            yield source.at(place, "wrong-value", error.message, error.hint)
            continue
        if found.objects:
            needed = " and ".join(map(quote, found.objects))
            message = f"{quote(found.name)} needs Python objects ({needed}), and a profile has none"
            yield source.at(place, "wrong-value", message, "use another class of the plugin")
            continue
        if not _conforms(found.name, use.role)(reduce(getitem, use.where, source.data)):
            yield from schema_problems(source, _rules(found.name, use.role), use.where)


@cache
def _rules(name: str, role: str) -> dict[str, Any]:
    """Return the part of a schema for the whole mapping of a plugin."""
    part = constructor(name, role).part
    key = {"type": "string", "x-unlisted": True}
    return {**part, "properties": {**part["properties"], "plugin": key}}


@cache
def _conforms(name: str, role: str) -> Test:
    return compiled(_rules(name, role))


@dataclass(frozen=True)
class Unchecked:
    """An option of a plugin, or what is in it, that was not checked."""

    path: str
    line: int
    option: str
    """Where it is in the profile: "llm.extra_body"."""
    python: str
    """Its type in Python."""


def unchecked(source: Source) -> Iterator[Unchecked]:
    """Yield the options in a profile that no reading of the plugins can check."""
    for use in uses(source.data):
        found = use.constructor()
        for where, python in _unchecked(found.part, use.options, use.where) if found else ():
            key = source.key(where)
            place = source.at(key, "", "")
            yield Unchecked(place.path, place.line, named(where).strip('"'), python)


def _unchecked(part: Any, value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if "x-unchecked" in part:
        yield where, part["x-unchecked"]
    elif isinstance(value, dict):
        for key, each in value.items():
            inner = part.get("properties", {}).get(key, part.get("additionalProperties"))
            if isinstance(inner, dict):
                yield from _unchecked(inner, each, (*where, key))
    elif isinstance(value, list) and isinstance(part.get("items"), dict):
        for number, each in enumerate(value):
            yield from _unchecked(part["items"], each, (*where, number))
