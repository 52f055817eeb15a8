"""Warnings on plugins: those that are not installed, and values that look like slips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..format.diagnostics import Diagnostic, quote
from ..format.plugins.packages import how_to_get, published, slip_of
from ..format.plugins.problems import uses
from ..format.plugins.roles import is_installed
from ..format.typos import closest, closest_model
from ..format.yaml_source import Source


def plugin_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the warnings on the plugins in a profile."""
    for use in uses(source.data):
        if not is_installed(use.plugin):
            # Another name is wrong in itself, or a slip, which is an error.
            if use.plugin.isidentifier() and not _is_slip(use.plugin):
                place = source.value([*use.where, "plugin"])
                message = f"the plugin {quote(use.plugin)} is not installed, so nothing checks"
                message += " its options, and no call can be taken"
                kind = "plugin-not-installed"
                yield source.at(place, kind, message, how_to_get(use.plugin), severity="warning")
        elif found := use.constructor():
            yield from _slips(source, found.part, use.options, use.where)


def _is_slip(plugin: str) -> bool:
    return plugin not in published() and slip_of(plugin) is not None


def _slips(
    source: Source, part: Any, value: Any, where: Sequence[str | int]
) -> Iterator[Diagnostic]:
    """Yield the texts that look like slips of those that a plugin's source lists."""
    if isinstance(value, dict):
        parts, others = part.get("properties", {}), part.get("additionalProperties")
        for key, each in value.items():
            inner = parts.get(key, others)
            if isinstance(inner, dict):
                yield from _slips(source, inner, each, (*where, key))
            if key not in parts and parts and others and (close := closest(str(key), parts)):
                message = f"{quote(str(key))} is no option that the plugin's source names"
                place = source.key([*where, key])
                yield _slip(source, place, message, close)
    elif isinstance(value, list) and isinstance(part.get("items"), dict):
        for number, each in enumerate(value):
            yield from _slips(source, part["items"], each, (*where, number))
    elif isinstance(value, str) and value not in (known := part.get("x-known", [value])):
        close = closest_model(value, known)
        if close:
            message = f"{quote(value)} is not among the values that the plugin's source lists"
            yield _slip(source, source.value(where), message, close)


def _slip(source: Source, place: Any, message: str, close: str) -> Diagnostic:
    hint = f"did you mean {quote(close)}?"
    return source.at(place, "slip-in-option", message, hint, severity="warning")
