"""Mistakes in the calls under `rehearsal:` that the schema cannot express.

A rehearsal that passes must have checked something, so what can never fail is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

from .diagnostics import Diagnostic, quote
from .language import ENGLISH, base_of, language_in, name_of
from .scenario import DERIVED_CALLS, ScenarioTurn, plain_text
from .yaml_source import Source

_Where: TypeAlias = list[str | int]

_KIND = "checks-nothing"
_TURN_KEYS = {field.name for field in fields(ScenarioTurn)}
_OF_THE_CALLER = {
    "user_started_speaking",
    "user_stopped_speaking",
    "user_typed",
    "user_pressed",
}
_SOONEST = 100  # milliseconds in which no agent does anything


def scenario_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the calls of a rehearsal, whose data may be of any shape."""
    rehearsal = source.data.get("rehearsal") if isinstance(source.data, dict) else None
    calls = [*_mappings(rehearsal, ["rehearsal"])]
    yield from _names(source, calls)
    for where, call in calls:
        turns = [*_mappings(call.get("turns"), [*where, "turns"])]
        yield from _turns_after_hanging_up(source, turns)
        yield from _nothing_expected(source, where, call, turns)
        yield from _never_heard(source, where, call, turns)
        yield from _not_understood(source, where, call, turns)
        yield from _to_deaf_ears(source, turns)
        for place, turn in turns:
            yield from _silent_texts(source, place, turn)
            for spot, expected in _mappings(turn.get("expect"), [*place, "expect"]):
                yield from _expectation(source, spot, expected, turn)


def _mappings(value: Any, where: _Where) -> Iterator[tuple[_Where, dict[Any, Any]]]:
    """Yield the mappings in what should be a list of them, each with its path."""
    for number, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield [*where, number], each


def _names(source: Source, calls: Sequence[tuple[_Where, dict[Any, Any]]]) -> Iterator[Diagnostic]:
    seen: dict[str, _Where] = {}
    for where, call in calls:
        name, place = call.get("name"), [*where, "name"]
        if not isinstance(name, str):
            continue
        node = source.value(place)
        if name in seen:
            first = source.value(seen[name])
            message = f"the call on line {source.line(first)} has the name {quote(name)} too"
            yield source.at(node, "duplicate-name", message, "choose another", other=first)
        elif name in DERIVED_CALLS:
            message = f"a call that is derived from every profile has the name {quote(name)} too"
            yield source.at(node, "duplicate-name", message, "choose another")
        seen.setdefault(name, place)


def _turns_after_hanging_up(
    source: Source, turns: Sequence[tuple[_Where, dict[Any, Any]]]
) -> Iterator[Diagnostic]:
    hung_up = None
    for where, turn in turns:
        if hung_up:
            message = f"the caller hangs up on line {source.line(hung_up)}, before this turn"
            hint = "move the turn up, or delete it"
            yield source.at(source.value(where), _KIND, message, hint, other=hung_up)
        elif turn.get("hang_up") is True:
            hung_up = source.key([*where, "hang_up"])


def _nothing_expected(
    source: Source,
    where: _Where,
    call: dict[Any, Any],
    turns: Sequence[tuple[_Where, dict[Any, Any]]],
) -> Iterator[Diagnostic]:
    written = call.get("turns")
    if not turns or len(turns) != len(written or ()):
        return  # which the schema forbids
    if all(turn.keys() <= _TURN_KEYS and not _expects(turn) for _, turn in turns):
        message = "this call expects nothing of the agent"
        hint = 'give one of its turns an "expect"'
        yield source.at(source.key([*where, "turns"]), _KIND, message, hint)


def _never_heard(
    source: Source,
    where: _Where,
    call: dict[Any, Any],
    turns: Sequence[tuple[_Where, dict[Any, Any]]],
) -> Iterator[Diagnostic]:
    """Yield every text to be heard in a call that a recognizer listens to."""
    files = [place for place, turn in turns if "audio" in turn and "hears" not in turn]
    if call.get("hears") == "really":
        other = source.key([*where, "hears"])
        why = f"the recognizer is to listen to this call, as line {source.line(other)} says"
        hint = "take one of the two out"
    elif files:
        other = source.key([*files[0], "audio"])
        why = (
            "the recognizer listens to this call, as nothing says what there is to hear in the "
            f"sound file on line {source.line(other)}"
        )
        hint = 'write a "hears" beside that file too'
    else:
        return
    for place, turn in turns:
        if "hears" in turn:
            yield source.at(source.key([*place, "hears"]), "conflict", why, hint, other=other)


def _not_understood(
    source: Source,
    where: _Where,
    call: dict[Any, Any],
    turns: Sequence[tuple[_Where, dict[Any, Any]]],
) -> Iterator[Diagnostic]:
    """Yield what the recognizer is to listen to in a language that it does not know."""
    language = language_in(source.data.get("stt"))
    if base_of(language) == ENGLISH:
        return
    other = source.key(["stt"])
    line = source.line_in_words(other, source.key(where))
    spoken = f"{line} says that callers speak {name_of(language)}"
    why = f"the recognizer of a rehearsal knows English alone, but {spoken}"
    if call.get("hears") == "really":
        hint = "take it out"
        yield source.at(source.key([*where, "hears"]), "conflict", why, hint, other=other)
        return
    for place, turn in turns:
        if "audio" in turn and "hears" not in turn:
            hint = 'write beside the sound file, with "hears", what there is to hear in it'
            yield source.at(source.key([*place, "audio"]), "conflict", why, hint, other=other)


def _to_deaf_ears(
    source: Source, turns: Sequence[tuple[_Where, dict[Any, Any]]]
) -> Iterator[Diagnostic]:
    """Yield every turn in which the caller speaks to an agent that hears nobody."""
    room = source.data.get("room")
    if not isinstance(room, dict) or room.get("audio_input") is not False:
        return
    other = source.key(["room", "audio_input"])
    for place, turn in turns:
        for key in ("user", "audio"):
            if key in turn:
                node = source.key([*place, key])
                line = source.line_in_words(other, node)
                message = (
                    f"the agent hears nobody, as {line} says, so the caller cannot speak to it"
                )
                hint = 'have the caller write, with "type"'
                yield source.at(node, "conflict", message, hint, other=other)


def _expects(turn: dict[Any, Any]) -> bool:
    """Return whether a turn expects something of the agent, if only to be sent after it."""
    after = turn.get("send_after")
    event = after.get("event") if isinstance(after, dict) else None
    return "expect" in turn or (after is not None and str(event) not in _OF_THE_CALLER)


def _silent_texts(source: Source, where: _Where, turn: dict[Any, Any]) -> Iterator[Diagnostic]:
    user, place = turn.get("user"), [*where, "user"]
    parts = [([*place, n], part) for n, part in enumerate(user)] if isinstance(user, list) else []
    for spot, text in [(place, user), *parts]:
        if isinstance(text, str) and text.strip() and not any(char.isalnum() for char in text):
            message = f"{quote(text)} has no word in it, so the caller would say nothing"
            hint = "write what the caller says, or a pause_ms in a list"
            yield source.at(source.value(spot), _KIND, message, hint)


def _expectation(
    source: Source, where: _Where, expected: dict[Any, Any], turn: dict[Any, Any]
) -> Iterator[Diagnostic]:
    yield from _contradiction(source, where, expected)
    if turn.get("hang_up") is True:
        yield from _after_hanging_up(source, where, expected)
    if expected.get("absent") is True and ("type" in turn or "hang_up" in turn):
        yield from _too_soon(source, where, expected)


def _too_soon(source: Source, where: _Where, expected: dict[Any, Any]) -> Iterator[Diagnostic]:
    within = expected.get("within_ms")
    if isinstance(within, int) and 0 < within < _SOONEST:
        message = f"nothing can happen within {within} ms of a turn that takes no time itself"
        hint = f"make it {_SOONEST} or more"
        yield source.at(source.value([*where, "within_ms"]), _KIND, message, hint)


def _after_hanging_up(
    source: Source, where: _Where, expected: dict[Any, Any]
) -> Iterator[Diagnostic]:
    messages = {
        "call_ended": "the caller hangs up in this turn, so the call ends whatever the agent does",
        "bot_interrupted": "the caller hangs up in this turn, which never counts as cutting in",
    }
    event = expected.get("event")
    if isinstance(event, str) and event in messages:
        node = source.value([*where, "event"])
        yield source.at(node, _KIND, messages[event], "expect another event, or none")


def _contradiction(source: Source, where: _Where, expected: dict[Any, Any]) -> Iterator[Diagnostic]:
    contains, excludes = (expected.get(key) for key in ("text_contains", "text_excludes"))
    if not isinstance(contains, str) or not isinstance(excludes, str) or not excludes.strip():
        return
    if plain_text(excludes) in plain_text(contains):
        whole, part = quote(contains.strip()), quote(excludes.strip())
        message = f"every text with {whole} in it has {part} in it"
        node, other = (source.value([*where, f"text_{key}"]) for key in ("excludes", "contains"))
        yield source.at(node, _KIND, message, "take one of the two out", other=other)
