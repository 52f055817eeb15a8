"""What callers keep private, taken out of the result of a call before any report is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar

from ..runtime import redaction
from ..runtime.redaction import REDACTED
from ..runtime.secrets import hidden
from .results import BargeIn, CallResult, Check, Event, Turn

_Result = TypeVar("_Result")

_TEXTS = frozenset(
    ("text", "said", "told", "arguments", "value", "reason", "url", "body", "answer")
)
"""The fields of results that may quote what was said."""
_SHORTEST = 8  # characters that one side says and nobody else would by chance
_LATE = 0.1  # seconds by which what began may be noted late


class Said(NamedTuple):
    """What was said in private, and when, in seconds since the call began."""

    at: float
    text: str


def concealed(result: CallResult, private: Sequence[Said]) -> CallResult:
    """Return a result in which "(redacted)" is in place of what was said in private.

    So it is for the values that were collected then, wherever they turn up.
    """
    if not redaction.is_needed():
        return result
    return replace(
        result,
        events=tuple(_without(_event(each, private), private) for each in result.events),
        turns=tuple(_without(_turn(each, private), private) for each in result.turns),
        barge_ins=tuple(_without(_barge_in(each, private), private) for each in result.barge_ins),
        tools=tuple(_without(each, private) for each in result.tools),
        steps=tuple(_without(each, private) for each in result.steps),
        checks=tuple(_without(each, private) for each in result.checks),
    )


def _event(event: Event, private: Sequence[Said]) -> Event:
    is_private = any(each.text == event.text and abs(each.at - event.at) < 0.01 for each in private)
    return replace(event, text=REDACTED) if is_private and event.text else event


def _turn(turn: Turn, private: Sequence[Said]) -> Turn:
    since = turn.started - _LATE
    is_private = any(each.text == turn.text and each.at > since for each in private)
    return replace(turn, text=REDACTED) if is_private and turn.text else turn


def _barge_in(cut: BargeIn, private: Sequence[Said]) -> BargeIn:
    is_private = any(each.text == cut.said and abs(each.at - cut.at) < _LATE for each in private)
    return replace(cut, said=REDACTED) if is_private else cut


def _without(data: _Result, private: Sequence[Said]) -> _Result:
    quoted = {
        each.text
        for each in private
        if len(each.text) >= _SHORTEST or any(map(str.isdigit, each.text))
    }
    longest = sorted(quoted, key=len, reverse=True)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for text in longest:
                value = value.replace(text, REDACTED)
            return hidden(value)
        if isinstance(value, Mapping):
            return {key: clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(clean, value))
        return whole(value)

    def whole(value: Any) -> Any:
        if not is_dataclass(value) or isinstance(value, type):
            return value
        texts = {*_TEXTS, "name"} if isinstance(value, Check) else _TEXTS
        changed = {
            each.name: clean(getattr(value, each.name))
            for each in fields(value)
            if each.name in texts or not isinstance(getattr(value, each.name), str)
        }
        return replace(value, **changed)

    cleaned: _Result = whole(data)
    return cleaned
