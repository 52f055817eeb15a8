"""Warnings on what agents say, and on what of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...format.agents import BACK
from ...format.declared_agents import Where, agents, first
from ...format.declared_fields import described
from ...format.declared_tools import get, mapping
from ...format.diagnostics import Diagnostic
from ...format.implied import collections
from ...format.yaml_source import Source
from ..sentences import sentences
from ..tool_texts import WORD
from .texts import offered

_FEWEST_WORDS = 3  # of a sentence that is noticed when it comes again


def speech_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield what callers hear twice as agents change, and what a recording keeps all the same."""
    yield from _twice(source)
    yield from _in_recordings(source)


def _twice(source: Source) -> Iterator[Diagnostic]:
    found: dict[tuple[str | int, ...], Diagnostic] = {}
    for one, next_one in _after_each_other(source.data):
        text, later = get(source.data, *map(str, one)), get(source.data, *map(str, next_one))
        if isinstance(text, str) and isinstance(later, str):
            said = {words for words, _ in _said(later)}
            sentence = next((each for words, each in _said(text) if words in said), None)
            if sentence is not None:
                found.setdefault(tuple(one), _again(source, one, next_one, sentence))
    yield from found.values()


def _after_each_other(data: Any) -> Iterator[tuple[Where, Where]]:
    """Yield the paths of two texts of which callers hear the second right after the first."""
    begins = first(data)
    for name in agents(data):
        for way in offered(data, name):
            to: Where = ["agents", way.target]
            opens = get(data, *map(str, to), "on_enter", "every") is True or way.target != begins
            if way.target != BACK and opens:
                yield [*way.where, "say"], [*to, "on_enter", "say"]
            yield [*way.where, "say"], [*to, "menu", "say"]
        yield ["agents", name, "on_enter", "say"], ["agents", name, "menu", "say"]
    if begins is not None:
        yield ["on_enter", "say"], ["agents", begins, "menu", "say"]


def _said(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the words of each sentence that is long enough to be noticed, and the sentence."""
    for sentence, _ in sentences(text):
        words = tuple(WORD.findall(sentence.lower()))
        if len(words) >= _FEWEST_WORDS:
            yield words, sentence


def _again(source: Source, where: Where, later: Where, sentence: str) -> Diagnostic:
    value, other = source.value(where), source.key(later)
    pattern = r"\s+".join(map(re.escape, sentence.split()))
    place = next(source.find(pattern, value), value)
    message = f"callers hear this twice, as {source.line_in_words(other, value)} says it again"
    hint = "keep one of the two"
    return source.at(place, "said-twice", message, hint, severity="warning", other=other)


def _in_recordings(source: Source) -> Iterator[Diagnostic]:
    """Yield the fields that are kept out of all texts while the sound of calls is kept."""
    recording = get(source.data, "recording")
    keeps = recording is True or (
        isinstance(recording, dict) and recording.get("audio") is not False
    )
    if not keeps:
        return
    other = source.key(["recording"])
    for where in _redacted(source.data):
        node = source.key(where)
        message = "what the caller says here is kept out of all texts, and recorded as sound, as "
        message += f"{source.line_in_words(other, node)} says"
        hint = "write recording: {audio: false}"
        yield source.at(node, "card-in-record", message, hint, severity="warning", other=other)


def _redacted(data: Any) -> Iterator[Where]:
    described_fields = {name for name, _ in described(data)}
    for where, collect in collections(data):
        for name, field in mapping(collect).items():
            if get(field, "redact") is True or get(field, "task") == "credit_card":
                yield [*where, name]
        for number, name in enumerate(collect if isinstance(collect, list) else ()):
            if name == "credit_card" and name not in described_fields:
                yield [*where, number]
