"""Warnings on what instructions promise, and nothing keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml.nodes import Node

from ..format.declared_agents import agents, first
from ..format.declared_tools import get
from ..format.diagnostics import Diagnostic, quote
from ..format.yaml_source import Source, Span
from .agents.texts import Text, agent_texts, instructions
from .kept import kept, kept_by_tools
from .promises import promises

_DECLARE = "declare a tool that does it"
# What the agent is to do, and what to write, for each kind of promise.
_UNKEPT = {
    "transfer": ("transfer calls", 'add transfer_call to "tools"'),
    "hang-up": ("hang up", 'add end_call to "tools"'),
    "look-up": ("look something up", f"{_DECLARE}, or write here what it has to know"),
    "send": ("send something", f"{_DECLARE}, or have it take a message"),
    "book": ("book or change something", f"{_DECLARE}, or have it take a message"),
    "keys": ("press keys", 'add send_dtmf_events to "tools"'),
    "memory": ("remember other calls", "bring what it is to know of them as a variable"),
}


def promise_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield what the instructions of a profile, valid or not, promise, and no tool keeps."""
    for text in _instructions(source.data):
        done = kept(source.data, text.agent)
        for promise in promises(text.text):
            if promise.kind in done:
                continue
            wanted, instead = _UNKEPT[promise.kind]
            who = quote(text.agent) if text.agent else "the agent"
            message = f"these words have {who} {wanted}, and it has no tool for that"
            hint = _of_another(source.data, text.agent, promise.kind) or instead
            sentence = place_of(source, source.value(text.where), promise.sentence)
            place = place_of(source, sentence, promise.words)
            kind = "promise-without-tool"
            yield source.at(place, kind, message, hint, severity="warning")


def _instructions(data: Any) -> Iterator[Text]:
    """Yield the instructions of a profile and of its agents, and those for the opening."""
    for where, text in instructions(data, []):
        yield Text(None, where, text, "instructions")
    if isinstance(text := get(data, "on_enter", "instructions"), str):
        yield Text(first(data), ["on_enter", "instructions"], text, "instructions")
    for each in agent_texts(data):
        if each.use == "instructions":
            yield each


def _of_another(data: Any, agent: str | None, kind: str) -> str | None:
    """Return what to write where another agent can do what this one promises."""
    others = (each for each in agents(data) if each != agent and kind in kept_by_tools(data, each))
    other = next(others, None) if agent else None
    return f"let it have that of {quote(other)}, or hand over to {quote(other)}" if other else None


def place_of(source: Source, within: Node | Span, sentence: str) -> Node | Span:
    """Return where a sentence stands in a text; the whole text where escapes hide it."""
    # In single quotes, YAML writes an apostrophe twice.
    words = (re.escape(word).replace("'", "''?") for word in sentence.split())
    return next(source.find(r"\s+".join(words), within), within)
