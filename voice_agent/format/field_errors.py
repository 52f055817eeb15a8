"""Mistakes in what agents and tools collect, and in what handoffs give, beyond the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .built_ins import RESERVED
from .declared_agents import Where, ways
from .declared_fields import Field, described, listed
from .declared_tools import get, mapping
from .diagnostics import Diagnostic, quote
from .implied import TASKS, collections, implied
from .parameter_problems import WORDS, schema_of_value_problems
from .sdk_source import has_option
from .typos import closest
from .value_errors import either, named
from .variable_uses import declared
from .yaml_source import Source

_TASK_CLASSES = {
    "name": "beta/workflows/name:GetNameTask",
    "email": "beta/workflows/email_address:GetEmailTask",
    "phone_number": "beta/workflows/phone_number:GetPhoneNumberTask",
    "address": "beta/workflows/address:GetAddressTask",
    "dob": "beta/workflows/dob:GetDOBTask",
    "credit_card": "beta/workflows/credit_card:GetCreditCardTask",
    "dtmf": "beta/workflows/dtmf_inputs:GetDtmfTask",
}
_OURS = {"task", "optional", "redact"}
_NEEDS_OPTIONS = "dtmf"


def field_problems(source: Source, *, incomplete: bool = False) -> Iterator[Diagnostic]:
    """Yield what is wrong with fields and with what handoffs give; the data may be of any shape.

    What is `incomplete` may name fields that another file has.
    """
    if not incomplete:
        yield from _no_such_fields(source)
    for name, field in described(source.data):
        yield from _reserved(source, name, field.where)
        if not isinstance(field.data, dict):
            continue
        if field.task is None:
            yield from schema_of_value_problems(source, field.where, field.data)
            yield from _rejections(source, field)
        else:
            yield from _options(source, field)
    for name, place, written in _given(source):
        yield from _reserved(source, name, place)
        if isinstance(written, dict) and "value" not in written:
            yield from schema_of_value_problems(source, place, written)
            yield from _of_no_type(source, place, written)
    yield from _of_two_types(source)


def _given(source: Source) -> Iterator[tuple[str, Where, Any]]:
    """Yield what handoffs give, by name, with its path."""
    for way in ways(source.data):
        for name, written in mapping(way.data.get("with")).items():
            yield name, [*way.where, "with", name], written


def _no_such_fields(source: Source) -> Iterator[Diagnostic]:
    """Yield the names in lists of what is collected that are no fields and no tasks."""
    known: dict[str, Any] = {**dict.fromkeys(TASKS), **dict(described(source.data))}
    for where, collect in collections(source.data):
        for name, place in listed(collect, [*where]):
            yield from _no_such_field(source, name, place, known)


def _no_such_field(
    source: Source, name: str, where: Where, known: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    if name == _NEEDS_OPTIONS and not known[name]:
        message = f"LiveKit's task {quote(name)} has to know how many keys there are"
        hint = f"write a mapping: collect: {{code: {{task: {name}, num_digits: 6}}}}"
        yield source.at(source.value(where), "missing-key", message, hint)
    if name not in known:
        close = closest(name, known)
        hint = f"name {either([*known])}, or write a mapping that describes it"
        hint = f"did you mean {quote(close)}?" if close else hint
        message = f"there is no field {quote(name)}"
        yield source.at(source.value(where), "unknown-field", message, hint)


def _reserved(source: Source, name: str, where: Where) -> Iterator[Diagnostic]:
    if name in RESERVED:
        message = f"every template has {quote(name)} already, so nothing else can be called that"
        yield source.at(source.key(where), "reserved-name", message, "rename it")


def _of_no_type(source: Source, where: Where, written: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield what a handoff gives whose variable has no type; texts to choose from are texts."""
    choices = written.get("enum")
    are_texts = isinstance(choices, list) and all(isinstance(each, str) for each in choices)
    if "enum" in written and "type" not in written and not are_texts:
        message = f"{named(where)} lacks what kind of value it is"
        yield source.at(source.key(where), "missing-key", message, 'give it "type"')


def _rejections(source: Source, field: Field) -> Iterator[Diagnostic]:
    """Yield what is said of keywords that the field does not have, so that they forbid nothing."""
    own = [key for key in field.data if key in _FORBIDDING]
    for keyword in mapping(field.data.get("rejections")):
        if keyword in own:
            continue
        close = closest(keyword, own)
        hint = (
            f"did you mean {quote(close)}?"
            if close
            else (
                f"add {keyword} beside it, or take it out"
                if keyword in _FORBIDDING
                else f"it may have {either(own)}"
                if own
                else "take it out"
            )
        )
        message = f"{named(field.where)} has no {quote(keyword)}, so nothing is refused by it"
        where = [*field.where, "rejections", keyword]
        yield source.at(source.key(where), "unknown-key", message, hint)


_FORBIDDING = (
    *("type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "minItems", "maxItems"),
    *("uniqueItems", "properties", "required"),
)
"""The keywords that a value may fail."""


def _options(source: Source, field: Field) -> Iterator[Diagnostic]:
    """Yield the options that LiveKit's task does not have."""
    task = field.task
    if not (isinstance(task, str) and task in _TASK_CLASSES):
        return  # which the schema forbids
    for key in field.data:
        if key in _OURS or has_option(_TASK_CLASSES[task], key):
            continue
        others = [each for each, made in _TASK_CLASSES.items() if has_option(made, key)]
        if not others:
            continue  # which the schema forbids
        message = f"LiveKit's task {quote(task)} has no option {quote(key)}"
        hint = f"it is an option of {either(others)}; take it out"
        yield source.at(source.key([*field.where, key]), "unknown-key", message, hint)


def _of_two_types(source: Source) -> Iterator[Diagnostic]:
    """Yield the fields and what handoffs give where another place says that it is another thing."""
    known: dict[str, tuple[Any, Where]] = {
        name: (written, ["variables", name]) for name, written in declared(source.data).items()
    }
    places = [(name, field.where, field.data) for name, field in described(source.data)]
    for name, where, written in [*places, *_given(source)]:
        if not isinstance(written, dict) or written.get("task") == "credit_card":
            continue
        first, there = known.setdefault(name, (written, where))
        kind, other_kind = _type(written), _type(first)
        node, other = source.key(where), source.key(there)
        line = source.line_in_words(other, node)
        if kind and other_kind and kind != other_kind:
            if "type" in written:
                node = source.value([*where, "type"])
            message = f"{quote(name)} is {WORDS[kind]} here, and {WORDS[other_kind]} on {line}"
            hint = "give both the same type, or rename one"
            yield source.at(node, "wrong-type", message, hint, other=other)
        elif there[0] == "variables" and (never := _never(written, first)):
            message = f"{quote(name)} may be {never} here, which {line} does not allow"
            hint = 'give both the same "enum", or rename one'
            yield source.at(node, "wrong-type", message, hint, other=other)


def _never(written: Mapping[str, Any], variable: Any) -> str:
    """Return what a field may be and its variable may not; "" where there is nothing."""
    allowed, own = get(variable, "enum"), written.get("enum")
    if not isinstance(allowed, list) or "value" in written:
        return ""
    if not isinstance(own, list):
        return "anything"
    return next((json.dumps(each) for each in own if each not in allowed), "")


def _type(written: Any) -> str:
    """Return the type of a variable, a field or a parameter; "" where it is none or not known."""
    if not isinstance(written, Mapping) or isinstance(written.get("value"), str):
        return ""  # What a template brings has the type of its variable.
    kind = implied({"handoffs": {"": {"with": {"": written}}}})[""].get("type")
    return kind if isinstance(kind, str) and kind in WORDS else ""
