"""The details that a request's tools record: LiveKit's tasks, and the fields of a profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .details_words import details_in
from .likeness import PUNCTUATION, STRIPPED, common, content_words
from .replies import Messages, ToolCall, text_of
from .spoken_details import answer_in, date_in, email_in, expiration_in, name_in, phone_in
from .spoken_numbers import digits_in
from .tool_arguments import argument_in, choices, find_arguments, inlined, spoken_name

_OWN = frozenset({"value"})
_KEYS = "0123456789*#ABCD"
_NAME_PARTS = ("first_name", "middle_name", "last_name")
_IN_THIS_ORDER = re.compile(r"in this order: (.*?)\.\s", re.S)
_UNIT = re.compile(
    r"^(?:apt|apartment|unit|suite|floor|wohnung|etage|stock|piso|appartement|interno)\b|"
    r"\b(?:floor|stock|etage|piso)$",
    re.I,
)
_KEYPAD = re.compile(r"<dtmf_inputs>(.*?)</dtmf_inputs>", re.S)
_Found = dict[str, Any]
_Read = Callable[[str, str, bool], _Found]


def _email(said: str, language: str, asked: bool) -> _Found:
    found = email_in(said, language)
    return {"email": found} if found else {}


def _phone(said: str, language: str, asked: bool) -> _Found:
    found = phone_in(said, language) or (digits_in(said, language) if asked else "")
    return {"phone_number": found} if len(found) > 2 else {}


def _name(said: str, language: str, asked: bool) -> _Found:
    found = (name_in(said, language, bare=asked) or "").split()
    if len(found) < 2:
        return dict(zip(("first_name",), found, strict=False))
    last = len(found) - 1
    while last > 1 and found[last - 1].islower():  # "von Berg"
        last -= 1
    named = {"first_name": found[0], "last_name": " ".join(found[last:])}
    return {**named, "middle_name": " ".join(found[1:last])} if last > 1 else named


def _address(said: str, language: str, asked: bool) -> _Found:
    parts = [each.strip() for each in re.split(PUNCTUATION, answer_in(said, language))]
    units = [each for each in parts if _UNIT.search(each)]
    rest = [each for each in parts if each and each not in units]
    if len(rest) < 3 or not re.search(r"\d", said):
        return {}
    unit = {"unit_number": units[0] if units else ""}
    locality = " ".join(rest[1:-1])
    return {"street_address": rest[0], **unit, "locality": locality, "country": rest[-1]}


def _dob(said: str, language: str, asked: bool) -> _Found:
    found = date_in(said, language)
    return {"year": found.year, "month": found.month, "day": found.day} if found else {}


def _card(said: str, language: str, asked: bool) -> _Found:
    found = digits_in(re.sub(r"(?<=\d)[ -]+(?=\d)", "", said), language)
    return {"card_number": found} if len(found) >= 8 else {}


def _expiration(said: str, language: str, asked: bool) -> _Found:
    found = expiration_in(said, language) if asked else None
    return {"expiration_month": found[0], "expiration_year": found[1]} if found else {}


def _security(said: str, language: str, asked: bool) -> _Found:
    found = digits_in(said, language) if asked else ""
    return {"security_code": found} if found else {}


def keys_in(said: str, language: str) -> list[str]:
    """Return the keys of a telephone that were pressed, as LiveKit tells it, or said."""
    pressed = _KEYPAD.search(said)
    found = pressed[1].split() if pressed else [*digits_in(said, language)]
    return [each for each in found if each in _KEYS]


def _inputs(said: str, language: str, asked: bool) -> _Found:
    found = keys_in(said, language)
    return {"inputs": found} if found else {}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a tool of one of LiveKit's tasks records."""

    takes: frozenset[str]
    parts: tuple[str, ...]
    """What the caller is asked for, by LiveKit's names."""
    read: _Read


def _kind(takes: str, parts: str, read: _Read) -> _Kind:
    return _Kind(frozenset(takes.split()), tuple(parts.split()), read)


_KINDS: Mapping[str, _Kind] = {
    "update_name": _kind("first_name middle_name last_name", "first_name", _name),
    "update_email_address": _kind("email", "email", _email),
    "update_phone_number": _kind("phone_number", "phone_number", _phone),
    "update_address": _kind(
        "street_address unit_number locality country", "street_address locality country", _address
    ),
    "update_dob": _kind("year month day", "dob", _dob),
    "update_card_number": _kind("card_number", "card_number", _card),
    "update_expiration_date": _kind(
        "expiration_month expiration_year", "expiration_date", _expiration
    ),
    "update_security_code": _kind("security_code", "security_code", _security),
    "record_inputs": _kind("inputs", "inputs", _inputs),
    "confirm_inputs": _kind("inputs", "inputs", _inputs),
}
# What LiveKit's tasks are told to ask for, where they have no tool at first.
_ASKED_FOR = (
    (r"email address", "email"),
    (r"phone number", "phone_number"),
    (r"credit card number", "card_number"),
    (r"expiration date", "expiration_date"),
    (r"security code", "security_code"),
    (r"date of birth", "dob"),
    (r"\baddress", "street_address"),
    (r"\bname", "name"),
    (r"gathering digits", "inputs"),
)


@dataclass(frozen=True, slots=True)
class DetailField:
    """A detail that a tool records."""

    tool: str
    """The tool's name, or "" where none is offered yet."""
    name: str
    """What tells it from others: that of a profile's field, or of LiveKit's tool."""
    parts: tuple[str, ...]
    schema: Mapping[str, Any]
    """That of a profile's field; {} for LiveKit's."""
    description: str = ""

    @property
    def takes_any_words(self) -> bool:
        """Whether all that a caller says may be a value, as far as its form goes."""
        if not self.schema:
            return self.name in ("update_name", "update_address")
        of_form = {"enum", "format", "pattern"} & self.schema.keys()
        return self.schema.get("type", "string") == "string" and not of_form

    def question(self, part: str, language: str) -> str:
        """Return the question for a part."""
        words = details_in(language)[0]
        return words.asks.format(what=self._what(part, words.items))

    def _what(self, part: str, items: Mapping[str, str]) -> str:
        if not self.schema:
            return items[part]
        what = self.description.strip().rstrip(STRIPPED) or spoken_name(self.name)
        listed = [spoken_name(each) for each in choices(self.schema)]
        return f"{what} ({', '.join(listed)})" if listed else what

    def read(self, said: str, language: str, *, asked: bool) -> _Found:
        """Return the arguments that are in what was said, as an answer where it was `asked` for."""
        if not self.schema:
            return _KINDS[self.tool].read(said, language, asked) if self.tool else {}
        value = self._value(said, language, asked=asked)
        return {} if value is None else {"value": value}

    def _value(self, said: str, language: str, *, asked: bool) -> Any:
        if asked:
            return argument_in(said, self.schema, self.name, language, strict=False)
        about = content_words(f"{spoken_name(self.name)} {self.description}")
        if not choices(self.schema) and not common(about, content_words(said)):
            return None
        properties = {"properties": {self.name: self.schema}}
        return find_arguments(said, properties, language).get(self.name)

    def read_part(self, part: str, said: str, language: str) -> _Found:
        """Return what a caller says who was asked for a part of what has several."""
        if self.name == "update_name":
            found = name_in(said, language, bare=True)
            return {part: found} if found else {}
        if self.name == "update_address":
            return {part: answer_in(said, language).rstrip(STRIPPED)}
        return {}

    def answers(self, talk: Messages, language: str) -> Iterator[tuple[str, str]]:
        """Yield the parts that were asked for last, one after the other, each with its answer."""
        questions = {self.question(part, language): part for part in self.parts}
        found: list[tuple[str, str]] = []
        at = len(talk) - 1
        while at >= 1 and talk[at].get("role") == "user":
            asked = text_of(talk[at - 1])
            part = next((part for text, part in questions.items() if asked.endswith(text)), None)
            if part is None or talk[at - 1].get("role") != "assistant":
                break
            found.insert(0, (part, text_of(talk[at])))
            at -= 2
        yield from found

    def lacks(self, found: Mapping[str, Any]) -> str | None:
        """Return the first part that is not there yet; None where all is."""
        if self.name in ("update_name", "update_address"):
            return next((part for part in self.parts if not found.get(part)), None)
        return None if found else self.parts[0]

    def call(self, found: Mapping[str, Any]) -> ToolCall:
        """Return the call that records what was found."""
        if self.name == "update_address":
            parts = ("street_address", "unit_number", "locality", "country")
            return ToolCall(self.tool, {part: found.get(part, "") for part in parts})
        if self.name == "update_name":
            found = {part: " ".join(filter(None, [found.get(part)])) for part in self.parts}
        return ToolCall(self.tool, found)


def field_of(tool: Mapping[str, Any], prompt: str) -> DetailField | None:
    """Return what a tool records; None where it records nothing. `prompt` is the agent's."""
    name = str(tool["name"])
    written = tool.get("parameters")
    schema = inlined(written) if isinstance(written, Mapping) else {}
    properties = schema.get("properties", {})
    kind = _KINDS.get(name)
    if kind is not None and kind.takes == properties.keys():
        return DetailField(
            name, name, _name_parts(prompt) if name == "update_name" else kind.parts, {}
        )
    if not name.startswith("update_") or properties.keys() != _OWN:
        return None
    value = properties["value"]
    described = str(value.get("description") or "")
    return DetailField(name, name.removeprefix("update_"), ("value",), value or {"": ""}, described)


def fields_of(tools: Sequence[Mapping[str, Any]], prompt: str) -> list[DetailField]:
    """Return what the tools of a request record."""
    return [found for tool in tools if (found := field_of(tool, prompt)) is not None]


def field_named_in(instruction: str) -> DetailField | None:
    """Return what LiveKit tells a model to ask for before there is a tool for it."""
    for pattern, part in _ASKED_FOR:
        if re.search(pattern, instruction):
            return DetailField("", part, (part,), {})
    return None


def _name_parts(prompt: str) -> tuple[str, ...]:
    """Return the parts of a name that LiveKit's instructions ask for."""
    wanted = _IN_THIS_ORDER.search(f"{prompt} ")
    return tuple(part for part in _NAME_PARTS if wanted and part in wanted[1]) or ("first_name",)


def spoken_values(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values of a call that records something, as they are read back."""
    if arguments.keys() == {"year", "month", "day"}:
        yield "{year:04}-{month:02}-{day:02}".format(**arguments)
        return
    for value in arguments.values():
        if isinstance(value, list):
            yield " ".join(map(str, value))
        elif value not in (None, ""):
            yield {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
