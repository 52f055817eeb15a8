"""The types of variables: which values each takes, and what is read from a text for each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .schema import TYPES
from .written_values import cleaned

LONGEST = 20_000
"""Characters that a value may have, written as JSON where it is no text."""

_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_BOOLEANS = {"true": True, "false": False}


class Unfit(ValueError):
    """A value cannot be that of a variable; the message says what it must be."""


def fitting(value: Any, kind: str, enum: Sequence[Any] | None = None) -> Any:
    """Return a value from data as that of a variable of a type; raise Unfit where it is none.

    Only 4.0 is converted, to the integer 4.
    """
    value = cleaned(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not TYPES[kind](value):
        raise Unfit(f"must be {_NAMES[kind]}")
    if enum is not None and not any(type(each) is type(value) and each == value for each in enum):
        raise Unfit(f"must be one of {', '.join(json.dumps(each) for each in enum)}")
    try:
        length = len(value) if isinstance(value, str) else len(json.dumps(value, allow_nan=False))
    except (ValueError, RecursionError):
        raise Unfit(f"must be {_NAMES[kind]} that JSON can write") from None
    if length > LONGEST:
        raise Unfit(f"must have no more than {LONGEST:,} characters, and has {length:,}")
    return value


def read(text: str, kind: str, enum: Sequence[Any] | None = None) -> Any:
    """Return the value that a text has for a variable of a type; raise Unfit where it has none.

    Texts come from the environment, from the attributes of participants, and from --var.
    """
    return fitting(_READERS[kind](text) if kind in _READERS else text, kind, enum)


def of_json(text: str) -> Any:
    """Return the data of a JSON text; raise Unfit where it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unfit("must be JSON") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _integer(text: str) -> Any:
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,300}\s*", text) else None


def _number(text: str) -> Any:
    if (whole := _integer(text)) is not None:
        return whole
    is_number = re.fullmatch(
        r"\s*[+-]?[0-9]{0,300}\.?[0-9]{1,300}(e[+-]?[0-9]{1,3})?\s*", text, re.I
    )
    return float(text) if is_number else None


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip().lower())


_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": of_json,
    "object": of_json,
}
