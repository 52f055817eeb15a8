"""The arguments of a tool, taken from what was typed, by the JSON Schema of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from .asking import Asking, asking_in, ignored_in
from .likeness import common, content_words
from .spoken_details import answer_in, email_in, name_in, phone_in
from .spoken_numbers import digits_in, numbers_in
from .spoken_times import day_in, time_in

_QUOTED = re.compile(r"[\"“„«]([^\"”“»]+)[\"”“»]")
_PHONE = re.compile(r"\+?\d[\d ()/-]{5,}\d")
_CODE = re.compile(r"\b(?=[\w-]*\d)[A-Za-z\d]+(?:-[A-Za-z\d]+)*\b")
_NUMBER = re.compile(r"(?<![\w.,:+-])-?\d+(?:\.\d+)?(?![\w:]|\.\d|-\d)")
_NAMED = (
    re.compile(
        r"\b(?:my name is|name'?s|under|i am|i'm|this is|ich heiße|mein name ist|auf den namen)"
        r"(?: the name(?: of)?)? ((?-i:[A-ZÀ-Þ])[\w'\u2019-]+(?: (?-i:[A-ZÀ-Þ])[\w'\u2019-]+)*)",
        re.I,
    ),
    re.compile(r"\b(?:je m'appelle|me llamo|mi chiamo|me chamo|ik heet) ([\w'\u2019-]+)", re.I),
)
_TALK = ("query", "question", "topic", "text", "message", "note", "reason", "summary", "wish")
_DEEPEST = 5  # references within each other
_KEYS = re.compile(r"[0-9*#]")


def find_arguments(said: str, schema: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the arguments that `said` has for a tool with this schema, as far as it has them."""
    found: dict[str, Any] = {}
    rest = said
    properties = _properties(schema)
    # What is easily told from all else first, so that a time is not taken for a number.
    for name in sorted(properties, key=lambda each: _rank(each, properties[each])):
        value, taken = _find(name, properties[name], rest, language)
        if value is not None and fits(value, properties[name]):
            found[name] = value
            rest = rest.replace(taken, " ", 1) if taken else rest
    return found


def argument_in(
    answer: str, schema: Mapping[str, Any], name: str, language: str, *, strict: bool = True
) -> Any:
    """Return the argument in an answer to the question for it; None where it is not understood.

    Unless `strict`, a number may be more or less than its schema allows, to see what comes of it.
    """
    value, _ = _find(name, schema, answer, language)
    if value is not None and not strict and _types(schema) & {"integer", "number"}:
        return value
    if value is None and set(spoken_name(name).split()) & {"name", "guest"}:
        value = name_in(answer, language, bare=True)
    if value is None and "boolean" in _types(schema):
        for words in asking_in(language):
            if re.search(words.yes, answer, re.IGNORECASE):
                value = True
            elif re.search(words.no, answer, re.IGNORECASE):
                value = False
    if value is None and not _types(schema) - {"string", "null"}:
        value = _any_words(answer, schema, language, strict=strict)
    if value is None:
        try:
            value = json.loads(answer)
        except ValueError:
            return None
    return value if fits(value, schema) else None


def _any_words(answer: str, schema: Mapping[str, Any], language: str, *, strict: bool) -> str:
    """Return an answer as it is, or what is spelled in it where only that fits the schema."""
    plain = answer.strip().rstrip(".!。") if strict else answer_in(answer, language).rstrip(".!。")
    spelled = re.sub(r"\W", "", plain)
    for each in (plain, spelled, spelled.upper(), digits_in(plain, language)):
        if "pattern" in schema and each and fits(each, schema):
            return each
    return plain


def missing(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return the names of the arguments that a tool needs and that are not there."""
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    properties = _properties(schema)
    return [
        name
        for name in names
        if name not in arguments and "null" not in _types(properties.get(name, {}))
    ]


def fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Return whether a value is as a schema wants it; all fit one that is no schema."""
    try:
        checker = Draft202012Validator.FORMAT_CHECKER
        return bool(Draft202012Validator(schema, format_checker=checker).is_valid(value))
    except SchemaError:
        return True


def inlined(schema: Any, root: Any = None, depth: int = 0) -> Any:
    """Return a schema with its own definitions in place of the references to them."""
    root = schema if root is None else root
    if isinstance(schema, list):
        return [inlined(each, root, depth) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        target: Any = root
        for key in filter(None, reference[1:].split("/")):
            target = target.get(key, {}) if isinstance(target, Mapping) else {}
        return inlined(target, root, depth + 1) if depth < _DEEPEST else {}
    return {key: inlined(each, root, depth) for key, each in schema.items() if key != "$defs"}


def choices(schema: Mapping[str, Any]) -> list[str]:
    """Return the texts of which an argument is one; none where it may be any."""
    listed = schema.get("enum")
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def spoken_name(name: str) -> str:
    """Return a name as people say it: `book_table` is "book table"."""
    parted = re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[\W_]+", parted)).strip().lower()


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {name: each for name, each in properties.items() if isinstance(each, Mapping)}


def _types(schema: Mapping[str, Any]) -> set[str]:
    written = schema.get("type", ())
    types = {written} if isinstance(written, str) else set(written)
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        types |= _types(each)
    return types


def _rank(name: str, schema: Mapping[str, Any]) -> int:
    if choices(schema):
        return 0
    kinds = [_is_date, _is_time]
    for rank, kind in enumerate(kinds, start=1):
        if kind(name, schema):
            return rank
    if _types(schema) & {"integer", "number"}:
        return 4 if spoken_name(name).split()[-1:] in (["id"], ["number"]) else 5
    return 3 if not _is_talk(name) else 6


def _is_date(name: str, schema: Mapping[str, Any]) -> bool:
    words = spoken_name(name).split()
    return schema.get("format") == "date" or bool({"date", "day"} & set(words))


def _is_time(name: str, schema: Mapping[str, Any]) -> bool:
    words = spoken_name(name).split()
    return schema.get("format") == "time" or bool({"time", "hour"} & set(words))


def _is_talk(name: str) -> bool:
    return bool(set(spoken_name(name).split()) & set(_TALK))


def _find(name: str, schema: Mapping[str, Any], said: str, language: str) -> tuple[Any, str]:
    """Return a value for an argument and the words that it was taken from."""
    languages = asking_in(language)
    for choice in sorted(choices(schema), key=len, reverse=True):
        if match := re.search(rf"(?<!\w){re.escape(spoken_name(choice))}(?!\w)", said, re.I):
            return choice, match[0]
    types = _types(schema)
    if choices(schema):
        return _meant(said, schema, language), ""
    if types & {"integer", "number"}:
        return _number(name, said, languages, language, whole="number" not in types)
    if "array" in types:
        return _listed(schema, said)
    if types - {"string", "null"}:
        return None, ""
    kinds: list[tuple[bool, Callable[[], tuple[Any, str]]]] = [
        (_is_date(name, schema), lambda: day_in(said, language)),
        (_is_time(name, schema), lambda: time_in(said, language)),
    ]
    for wanted, find in kinds:
        if wanted:
            return find()
    return _text(name, said, languages, language, schema)


def _meant(said: str, schema: Mapping[str, Any], language: str) -> str | None:
    """Return the choice whose explanation has words of what was said; None where none is near.

    The description explains each, as in "billing: a question about an invoice. kitchen: …".
    """
    described = str(schema.get("description", ""))
    places = {
        choice: match.end()
        for choice in choices(schema)
        if (match := re.search(rf"\b{re.escape(choice)}\b\W*(?:[:=(]|means|if|when)", described))
    }
    ignored = ignored_in(language)
    heard = content_words(said, ignored)
    near = {}
    for choice, begin in places.items():
        end = min((each for each in places.values() if each > begin), default=len(described))
        explained = content_words(described[begin:end], ignored | {*content_words(choice)})
        near[choice] = common(explained, heard)
    best = sorted(near, key=lambda each: -near[each])[:2]
    if not best or near[best[0]] < 2 or (len(best) > 1 and near[best[1]] == near[best[0]]):
        return None
    return best[0]


def _number(
    name: str, said: str, languages: tuple[Asking, ...], language: str, *, whole: bool
) -> tuple[float | int | None, str]:
    found = [(match.start(), match[0], float(match[0])) for match in _NUMBER.finditer(said)]
    for words in languages:
        for value, word in enumerate(words.numbers, start=1):
            bound = r"\b" if word.isascii() or (word[0].isalpha() and len(word) > 1) else ""
            for match in re.finditer(rf"{bound}{word}{bound}", said, re.IGNORECASE):
                found.append((match.start(), match[0], float(value)))
    longer = [each for each in numbers_in(said, language) if each[2] > 12 or each[2] == 0]
    for place, text, value in longer:  # "twenty-three" is no three
        found = [each for each in found if not place <= each[0] < place + len(text)]
        found.append((place, text, float(value)))
    if not found:
        return None, ""
    label = spoken_name(name).split()[-1]
    near = re.search(rf"\b{re.escape(label)}", said, re.IGNORECASE)
    key = (lambda each: abs(each[0] - near.start())) if near else (lambda each: each[0])
    _, taken, number = min(found, key=key)
    return (int(number) if number.is_integer() else None if whole else number), taken


def _listed(schema: Mapping[str, Any], said: str) -> tuple[list[Any] | None, str]:
    items = schema.get("items")
    allowed = choices(items) if isinstance(items, Mapping) else []
    if "#" in allowed or "1" in allowed:
        return _KEYS.findall(said) or None, ""
    named = [
        each for each in allowed if re.search(rf"\b{re.escape(spoken_name(each))}\b", said, re.I)
    ]
    return named or None, ""


def _text(
    name: str, said: str, languages: tuple[Asking, ...], language: str, schema: Mapping[str, Any]
) -> tuple[str | None, str]:
    if match := _QUOTED.search(said):
        return match[1], match[0]
    words = set(spoken_name(name).split())
    if words & {"email", "mail"} or schema.get("format") == "email":
        return email_in(said, language), ""
    if words & {"phone", "telephone", "mobile"}:
        typed = _first(_PHONE, said)
        return typed if typed[0] else (phone_in(said, language), "")
    if words & {"id", "number", "code", "reference", "order", "booking"}:
        return _first(_CODE, said)
    if words & {"name", "guest"}:
        for pattern in _NAMED:
            if match := pattern.search(said):
                return match[1], match[0]
        return name_in(said, language), ""
    if words & {"city", "place", "location", "town", "country", "address"}:
        for each in languages:
            capital = r"((?-i:[A-ZÀ-Þ])[\w'\u2019-]+(?: (?-i:[A-ZÀ-Þ])[\w'\u2019-]+)*)"
            if match := re.search(rf"(?i:{each.place}) {capital}", said):
                return match[1], match[1]
        return None, ""
    if words & {"query", "question", "topic", "text", "message"}:
        return said.strip(), ""
    return None, ""


def _first(pattern: re.Pattern[str], said: str) -> tuple[str | None, str]:
    match = pattern.search(said)
    return (match[0].strip(), match[0]) if match else (None, "")
