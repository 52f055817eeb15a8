"""What a profile declares without saying so: the variables of fields and of handoffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .declared_tools import get, mapping
from .templates import whole

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
    declared = mapping(data.get("variables"))
    found = implied(data)
    kept = {name: _kept_out(each, mapping(found.get(name))) for name, each in declared.items()}
    return {**data, "variables": {**found, **kept}}


def _kept_out(variable: dict[str, Any], field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declared variable, kept out of reports where a field of its name is to be."""
    return {**variable, "redact": True} if field.get("redact") else variable


def implied(data: Any) -> dict[str, dict[str, Any]]:
    """Return the variables of fields and of handoffs, as a profile would declare them."""
    found: dict[str, dict[str, Any]] = {}
    for _, written in collections(data):
        named = written if isinstance(written, list) else ()
        tasks = {each: {"task": each} for each in named if each in TASKS}
        for name, each in {**tasks, **mapping(written)}.items():
            for variable, made in _of_field(name, mapping(each)).items():
                _add(found, variable, made)
    declared = mapping(get(data, "variables"))
    for handoff in _handoffs(data):
        for name, each in mapping(get(handoff, "with")).items():
            _add(found, name, _of_parameter(mapping(each), {**found, **declared}))
    return found


def _add(found: dict[str, dict[str, Any]], name: str, variable: dict[str, Any]) -> None:
    """Add what a variable may be to what it may be elsewhere."""
    known = found.setdefault(name, variable)
    if known.get("enum") != variable.get("enum"):
        known.pop("enum", None)
    if variable.get("redact"):
        known["redact"] = True


def _of_field(name: str, field: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if field.get("task") == "credit_card":
        return {f"{name}.{part}": {"redact": True} for part in CARD}
    hidden = {"redact": True} if field.get("redact") is True else {}
    return {name: {**_of_schema(field), **hidden}}


def _of_parameter(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variable that a handoff sets; a value that is a name has the type of that one."""
    value = schema.get("value")
    if isinstance(value, str) and (name := whole(value)):
        return _of_schema(mapping(known.get(name)))
    kinds = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return {**_of_schema(schema), **({"type": kinds[type(value)]} if type(value) in kinds else {})}


def _of_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in ("type", "enum", "description") if key in schema}
    return {"type": "string", **kept}


def _handoffs(data: Any) -> Iterator[Any]:
    yield from mapping(get(data, "handoffs")).values()
    for agent in mapping(get(data, "agents")).values():
        yield from mapping(get(agent, "handoffs")).values()
