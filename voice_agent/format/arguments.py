"""Whether the arguments that a language model gives a tool fit the tool's parameters."""

from __future__ import annotations

import datetime
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_BLANK = re.compile(r"[\s<>\"{}|\\^`]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?\Z", re.ASCII)


def _date(text: str) -> bool:
    return bool(_DATE.match(text)) and bool(datetime.date.fromisoformat(text))


def _time(text: str) -> bool:
    # A caller says no seconds and no time zone, which RFC 3339 would want.
    if not _TIME.match(text):
        return False
    datetime.time.fromisoformat(text.replace("Z", "+00:00"))
    return True


def _date_time(text: str) -> bool:
    day, letter, time = text.partition("T")
    return bool(letter) and _date(day) and _time(time)


def _uri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not _BLANK.search(text)


_FORMATS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "date": (_date, "a day such as 2026-10-02"),
    "time": (_time, "a time such as 19:30"),
    "date-time": (_date_time, "a day and a time such as 2026-10-02T19:30"),
    "email": (_EMAIL.match, "an email address"),
    "uri": (_uri, "an address such as https://example.com/menu"),
    "uuid": (uuid.UUID, "a UUID"),
}

_CHECKER = FormatChecker(())


def _checked(is_one: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or bool(is_one(value))


for _name, (_is_one, _) in _FORMATS.items():
    _CHECKER.checks(_name, raises=ValueError)(_checked(_is_one))


def read_arguments(
    schema: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the arguments that a tool is to run with, and sentences on those that are wrong.

    `schema` is the object of the parameters. Models write null for what they leave out, and 4.0
    for 4: where the parameter knows no null and wants an integer, both are taken as meant.
    """
    arguments, wrong = failures(schema, given)
    return arguments, [sentence for _, sentence in wrong]


def failures(
    schema: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what `read_arguments` does, with the keyword that forbids it before each sentence."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = schema.get("required", ())
    arguments = {
        name: _whole(properties.get(name, {}), value)
        for name, value in given.items()
        if value is not None or name in required or _knows_null(properties.get(name))
    }
    checker = Draft202012Validator(schema, format_checker=_CHECKER)
    errors = sorted(checker.iter_errors(arguments), key=lambda error: list(map(str, error.path)))
    wrong = list(dict.fromkeys((str(each.validator), _sentence(each)) for each in errors))
    if not _is_finite(arguments):
        wrong.append(("type", "A number is infinite, or none at all."))
    return arguments, wrong


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _knows_null(schema: Any) -> bool:
    return schema is None or Draft202012Validator(schema).is_valid(None)


def _whole(schema: Any, value: Any) -> Any:
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, float) and schema.get("type") == "integer" and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {name: _whole(inner.get(name, {}), each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(schema.get("items", {}), each) for each in value]
    return value


def _sentence(error: ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    wanted: Any = error.validator_value
    given: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "required":
            missing = [_joined(where, name) for name in wanted if name not in given]
            return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
        case "additionalProperties":
            known = schema.get("properties", {})
            unknown = [_joined(where, name) for name in given if name not in known]
            return f"There is no {', '.join(unknown)}; there is {', '.join(known) or 'nothing'}."
        case "format":
            return f"{where} has to be {_FORMATS[wanted][1]}, and is {_shown(error)}."
        case "enum":
            allowed = ", ".join(map(str, wanted))
            return f"{where} has to be one of these: {allowed}. It is {_shown(error)}."
        case "maxLength" | "maxItems":
            return f"{where} is longer than {wanted}."
    return f"{where or 'What was given'}: {error.message}."


def _shown(error: ValidationError) -> str:
    return json.dumps(error.instance, ensure_ascii=False)


def _joined(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
