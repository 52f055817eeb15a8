"""How each kind of field is given, corrected and refused, as the language model would do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...format.tools import Field
from ..tools import samples

REFUSAL: Mapping[str, Any] = {"reason": "The caller does not want to say it."}
"""What the language model says of a caller who refuses."""
_CARD = "4242424242424242"
_LAST_YEAR = 99  # of a card that is never expired


@dataclass(frozen=True, slots=True)
class Given:
    """What the language model calls for one value of a field, and what the variables then have."""

    updates: tuple[tuple[str, Mapping[str, Any]], ...]
    saved: Mapping[str, Any]
    confirms: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """What it calls once the caller has agreed to each of the updates, where that is asked for."""
    spelled: str = ""
    """The same, as a caller spells it; "" where nobody would."""
    keys: str = ""
    """What is pressed in place of all that."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a field: its values, and those that it does not take."""

    given: Given
    other: Given | None
    """Another value, as the caller may correct the first one."""
    decline: str
    """The tool by which the language model gives up."""
    wrong: Mapping[str, Any] = field(default_factory=dict)
    """Values that are refused, by the keyword of JSON Schema that forbids them."""


def known(name: str, asked: Field) -> Known | None:
    """Return what is known of a field; None where no value is known that fits."""
    if asked.task is None:
        return _by_schema(name, asked)
    if asked.task == "credit_card":
        return Known(_card(name), None, "decline_card_capture")
    if asked.task == "dtmf":
        return _digits(name, asked)
    first, other = _OF_TASK[asked.task]
    decline = f"decline_{asked.task}_capture"
    return Known(_of_task(name, asked, first), _of_task(name, asked, other), decline)


_OF_TASK: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "name": (
        {"first_name": "Ada", "middle_name": "King", "last_name": "Lovelace"},
        {"first_name": "Grace", "middle_name": "Brewster", "last_name": "Hopper"},
    ),
    "email": ({"email": "ada@example.com"}, {"email": "grace@example.com"}),
    "phone_number": ({"phone_number": "+493012345678"}, {"phone_number": "+493087654321"}),
    "address": (
        {
            "street_address": "12 Baker Street",
            "unit_number": "",
            "locality": "London",
            "country": "United Kingdom",
        },
        {
            "street_address": "7 High Street",
            "unit_number": "",
            "locality": "Oxford",
            "country": "United Kingdom",
        },
    ),
    "dob": ({"year": 1990, "month": 5, "day": 17}, {"year": 1985, "month": 12, "day": 3}),
}
_VERB = {"email": "email_address"}
_TIME = {"hour": 8, "minute": 30}


def _of_task(name: str, asked: Field, values: Mapping[str, Any]) -> Given:
    what = _VERB.get(str(asked.task), str(asked.task))
    options = asked.options
    arguments, before = dict(values), list[tuple[str, Mapping[str, Any]]]()
    match asked.task:
        case "name":
            arguments = _asked_parts(options, values)
            said = _full_name(options, arguments)
        case "dob":
            said = f"{values['year']}-{values['month']:02d}-{values['day']:02d}"
            if options.get("include_time"):
                before.append(("update_time", _TIME))
                said += f"T{_TIME['hour']:02d}:{_TIME['minute']:02d}"
        case "address":
            parts = ("street_address", "locality", "country")
            said = " ".join(values[each] for each in parts)
        case _:
            [said] = values.values()
    spelled = " ".join(said) if asked.task in ("name", "email") else ""
    return Given(
        updates=(*before, (f"update_{what}", arguments)),
        saved={name: said},
        confirms=((f"confirm_{what}", {}),),
        spelled=spelled,
    )


def _asked_parts(options: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    asked = {"first_name": True, "middle_name": False, "last_name": False}
    asked |= {each: options[each] for each in asked if each in options}
    return {each: values[each] for each in asked if asked[each]}


def _full_name(options: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    every = {"first_name": "", "middle_name": "", "last_name": "", **parts}
    written = options.get("name_format") or "{first_name} {middle_name} {last_name}"
    return " ".join(written.format(**every).split())


def _card(name: str) -> Given:
    month = {"expiration_month": 12, "expiration_year": _LAST_YEAR}
    holder = {"first_name": "Mary", "last_name": "Somerville"}
    repeated = {f"repeated_{key}": each for key, each in month.items()}
    saved = {
        "card_number": _CARD,
        "issuer": "Visa",
        "expiration_date": f"12/{_LAST_YEAR}",
        "security_code": "739",
        "cardholder_name": "Mary Somerville",
    }
    return Given(
        updates=(
            ("update_card_number", {"card_number": _CARD}),
            ("update_expiration_date", month),
            ("update_security_code", {"security_code": "739"}),
            ("update_name", holder),
        ),
        saved={f"{name}.{part}": each for part, each in saved.items()},
        confirms=(
            ("confirm_card_number", {"repeated_card_number": _CARD}),
            ("confirm_expiration_date", repeated),
            ("confirm_security_code", {"repeated_security_code": "739"}),
            ("confirm_name", {}),
        ),
    )


def _digits(name: str, asked: Field) -> Known | None:
    digits = "739126458037912645803791264580379126458037912645803"[: asked.options["num_digits"]]
    end = asked.options.get("dtmf_stop_event", "#")
    confirm: tuple[str, Mapping[str, Any]] = ("confirm_inputs", {"inputs": [*digits]})
    given = Given((), {name: digits}, (confirm,), keys="" if end in digits else f"{digits}{end}")
    return Known(given, None, "") if given.keys else None


def _by_schema(name: str, asked: Field) -> Known | None:
    value = _value(asked.options)
    if value is None:
        return None
    other = next(
        (each for each in _others(asked.options, value) if _fits(asked.options, each)), None
    )
    return Known(
        _schema_given(name, value),
        None if other is None else _schema_given(name, other),
        f"decline_{name}",
        dict(_wrong(asked.options, value)),
    )


def _schema_given(name: str, value: Any) -> Given:
    spelled = " ".join(value) if isinstance(value, str) and value.isalpha() else ""
    update = (f"update_{name}", {"value": value})
    return Given((update,), {name: value}, ((f"confirm_{name}", {}),), spelled)


def _value(schema: Mapping[str, Any]) -> Any:
    made = samples.arguments_for({"properties": {"value": dict(schema)}, "required": ["value"]})
    return made and made["value"]


def _fits(schema: Mapping[str, Any], value: Any) -> bool:
    return samples.fits("value", dict(schema), value)


def _others(schema: Mapping[str, Any], value: Any) -> list[Any]:
    if "enum" in schema:
        return [each for each in schema["enum"] if each != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1, value + schema.get("multipleOf", 1)]
    usual = ("2026-11-03", "20:00", "2026-11-03T20:00:00Z", "grace@example.com", "Grace", "654321")
    return [each for each in usual if each != value] if isinstance(value, str) else []


def _wrong(schema: Mapping[str, Any], value: Any) -> list[tuple[str, Any]]:
    """Return values that a schema forbids, each with the only keyword that does."""
    tried: list[tuple[str, Any]] = []
    if isinstance(value, int | float) and not isinstance(value, bool):
        limits = (("minimum", -1), ("maximum", 1))
        tried += [(key, schema[key] + by) for key, by in limits if key in schema]
        limits = (("exclusiveMinimum", 0), ("exclusiveMaximum", 0))
        tried += [(key, schema[key] + by) for key, by in limits if key in schema]
    if isinstance(value, str):
        if "enum" in schema:
            tried.append(("enum", "none of these"))
        if "maxLength" in schema:
            tried.append(("maxLength", "e" * (schema["maxLength"] + 1)))
        if schema.get("minLength"):
            tried.append(("minLength", value[: schema["minLength"] - 1]))
        tried += [(key, "none of these") for key in ("pattern", "format") if key in schema]
    return [(key, each) for key, each in tried if not _fits(schema, each)]
