"""What is wrong with the variables of a profile: how they are declared, and where they are used."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from .built_ins import RESERVED
from .diagnostics import Diagnostic, quote
from .schema import TYPES
from .secret_errors import Scalar, placed, scalars
from .templates import Token
from .tools import Variable
from .typos import closest
from .value_errors import named
from .variable_types import Unfit, fitting
from .variable_uses import Named, Where, declared, names_written
from .yaml_source import Source

_KEYS = {field.name for field in fields(Variable)} - {"origin"} | {"from"}
_DEFAULT = 'give it a "default"'


def variable_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the variables of a profile, valid or not, and with its time zone."""
    yield from _timezone(source)
    for name, written in declared(source.data).items():
        if name in RESERVED:
            message = f"every template has {quote(name)} already, so no variable can be called that"
            yield source.at(source.key(["variables", name]), "reserved-name", message, "rename it")
        if isinstance(written, dict):
            yield from _values(source, name, written)
    yield from _unset(source, [*names_written(source.data)])


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


def _unset(source: Source, found: Sequence[Named]) -> Iterator[Diagnostic]:
    """Yield the templates whose variable may have no value yet."""
    variables = declared(source.data)
    open_ones = {
        name
        for name, each in variables.items()
        # What a key that nobody knows was meant to say is another problem.
        if isinstance(each, dict) and not (each.keys() - _KEYS or {"from", "default"} & each.keys())
    }
    if not open_ones:
        return
    for scalar in scalars(source.data):
        if not (scalar.template and isinstance(scalar.value, str)):
            continue
        needed = {each.name for each in found if not each.sets and each.tool == scalar.tool}
        for token, place in placed(source, scalar) if "{{" in scalar.value else ():
            name = token.name or ""
            if name in open_ones - scalar.parameters and not (scalar.tool and name in needed):
                setters = [each.tool for each in found if each.sets and each.name == name]
                yield source.at(place, "unset-variable", *_why_unset(scalar, token, setters))


def _why_unset(scalar: Scalar, token: Token, setters: Sequence[Where]) -> tuple[str, str]:
    """Return why a variable may have no value, and what to do; `setters` are tools that set it."""
    name = quote(token.name or "")
    if not setters:
        hint = f'{_DEFAULT} or a "from", or have a tool set it, under "response.save"'
        return f"nothing gives {name} a value", hint
    if scalar.tool:
        hint = 'name it under the tool\'s "requires", with what the llm is told then, or '
        return f"{name} may have no value yet when this tool is called", hint + _DEFAULT
    tool = quote(str(setters[0][-1]))
    return f"{name} has no value before the tool {tool} gives it one", _DEFAULT
