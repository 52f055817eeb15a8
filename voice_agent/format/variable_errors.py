"""What is wrong with how the variables of a profile are declared, and with its time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from .built_ins import RESERVED
from .diagnostics import Diagnostic, quote
from .schema import TYPES
from .typos import closest
from .value_errors import named
from .variable_types import Unfit, fitting
from .variable_uses import declared
from .yaml_source import Source


def variable_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the variables of a profile, valid or not, and with its time zone."""
    yield from _timezone(source)
    for name, written in declared(source.data).items():
        if name in RESERVED:
            message = f"every template has {quote(name)} already, so no variable can be called that"
            yield source.at(source.key(["variables", name]), "reserved-name", message, "rename it")
        if isinstance(written, dict):
            yield from _values(source, name, written)


@cache
def _zones() -> set[str]:
    return zoneinfo.available_timezones()  # which reads the folders of the machine's database


def _timezone(source: Source) -> Iterator[Diagnostic]:
    name = source.data.get("timezone") if isinstance(source.data, dict) else None
    if not isinstance(name, str) or not name.strip():
        return
    zones = _zones()
    if name in zones:
        return
    wanted = name.strip().replace(" ", "_").lower()
    ends = (each for each in sorted(zones) if each.lower().endswith(f"/{wanted}"))
    close = next(ends, None) or closest(name, sorted(zones))
    hint = f"did you mean {quote(close)}?" if close else "for example, Europe/Berlin"
    message = f"there is no time zone {quote(name)}"
    yield source.at(source.value(["timezone"]), "wrong-value", message, hint)


def _values(source: Source, name: str, written: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield the values of a variable that are not of its type, or not among those it may have."""
    kind, several = written.get("type", "string"), written.get("enum")
    if not isinstance(kind, str) or kind not in TYPES or kind == "null":
        return  # which the schema forbids
    several = several if isinstance(several, list) else None
    found: list[tuple[Sequence[str | int], Any, list[Any] | None]] = [
        (("enum", number), each, None) for number, each in enumerate(several or ())
    ]
    found += [((key,), written[key], several) for key in ("default", "sample") if key in written]
    for where, value, enum in found:
        try:
            fitting(value, kind, enum)
        except Unfit as why:
            place = ["variables", name, *where]
            hint = (
                f'or say what it is, with "type: {meant}"' if (meant := _type_of(value)) else None
            )
            has_type = "type" in written or enum is not None
            message = f"{named(place)} {why}"
            yield source.at(source.value(place), "wrong-type", message, None if has_type else hint)


def _type_of(value: Any) -> str | None:
    return next((kind for kind, fits in TYPES.items() if kind != "null" and fits(value)), None)
