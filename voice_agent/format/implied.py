"""What a profile declares without saying so: the variables of fields and of handoffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .declared_tools import get, mapping

TASKS = ("name", "email", "phone_number", "address", "dob", "credit_card", "dtmf")
"""LiveKit's tasks; all give one text, other than a credit card."""
CARD = ("card_number", "cardholder_name", "expiration_date", "security_code", "issuer")
"""What a card has, each a variable whose name begins with that of the field and a dot."""


def collections(data: Any) -> Iterator[tuple[list[str], Any]]:
    """Yield what agents and tools collect in a profile, valid or not, with their paths."""
    for kind in ("agents", "tools"):
        for name, each in mapping(get(data, kind)).items():
            if isinstance(each, Mapping) and "collect" in each:
                yield [kind, name, "collect"], each["collect"]


def fields(data: Any) -> dict[str, Any]:
    """Return the fields of a profile that are written out, by their names."""
    found: dict[str, Any] = {}
    for _, written in collections(data):
        for name, each in mapping(written).items():
            found.setdefault(name, each)
    return found


def with_fields(data: dict[str, Any]) -> dict[str, Any]:
    """Return valid data in which each list of fields has become the fields by their names."""
    known, made = fields(data), dict(data)
    for (kind, name, key), written in collections(data):
        if isinstance(written, list):
            resolved = {each: known.get(each, {"task": each}) for each in written}
            made[kind] = {**made[kind], name: {**made[kind][name], key: resolved}}
    return made


def with_variables(data: dict[str, Any]) -> dict[str, Any]:
    """Return valid data with the variables that nobody has to declare beside those declared."""
    if not ("agents" in data or any(collections(data))):
        return data
    return {**data, "variables": {**implied(data), **mapping(data.get("variables"))}}


def implied(data: Any) -> dict[str, dict[str, Any]]:
    """Return the variables of fields and of handoffs, as a profile would declare them."""
    found: dict[str, dict[str, Any]] = {}
    for _, written in collections(data):
        named = written if isinstance(written, list) else ()
        tasks = {each: {"task": each} for each in named if each in TASKS}
        for name, each in {**tasks, **mapping(written)}.items():
            found.update(_of_field(name, mapping(each)))
    for handoff in _handoffs(data):
        for name, each in mapping(get(handoff, "with")).items():
            found.setdefault(name, _of_schema(mapping(each)))
    return found


def _of_field(name: str, field: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if field.get("task") == "credit_card":
        return {f"{name}.{part}": {"redact": True} for part in CARD}
    hidden = {"redact": True} if field.get("redact") is True else {}
    return {name: {**_of_schema(field), **hidden}}


def _of_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in ("type", "enum", "description") if key in schema}
    value = schema.get("value")
    kinds = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return {"type": kinds.get(type(value), "string"), **kept}


def _handoffs(data: Any) -> Iterator[Any]:
    yield from mapping(get(data, "handoffs")).values()
    for agent in mapping(get(data, "agents")).values():
        yield from mapping(get(agent, "handoffs")).values()
