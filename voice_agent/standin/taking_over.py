"""Agents that take a call over from another, as a request to the language model shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .replies import Messages, instruction_of, talk_of, text_of

NO_AGENTS: Mapping[str, str] = MappingProxyType({})
"""The instructions of the agents of a call that has one."""


_VALUES = re.compile(r"<values>\n(.*?)\n</values>", re.S)
_VALUE = re.compile(r"^([\w.]+): (.*)$", re.M)
_NAME = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
# What came of a handoff that was not refused, and of a key that the caller chose by voice.
_HANDED_OVER = re.compile("has been handed over|the caller hears what comes of it")


class Newcomer(NamedTuple):
    """An agent that is to speak first after it has taken the call over."""

    name: str
    told: str
    """Its own instructions; "" where it has none."""


class Before(NamedTuple):
    """The request before, in the same conversation."""

    holder: str | None
    """The agent that held the call; None where none could be told."""
    heard: str
    """What the caller had said last."""

    @classmethod
    def of(cls, messages: Messages, agents: Mapping[str, str]) -> Before:
        """Return what is to be known of a request once the next one comes."""
        return cls(_holder(messages, agents), _heard(messages))


def newcomer(
    messages: Messages, agents: Mapping[str, str], before: Before | None = None
) -> Newcomer | None:
    """Return the agent that has just taken over; None where a request is no such.

    `agents` has the instructions of each, by name, the one first that takes the call.
    """
    if not agents or instruction_of(messages):
        return None
    talk = talk_of(messages)
    holder, last = _holder(messages, agents), talk[-1].get("role") if talk else ""
    handed = _handed_to(talk, agents)
    changed = before is not None and before.holder != holder
    name = None
    if not talk:
        # The first one opens the call as any agent does.
        name = holder if holder != next(iter(agents)) else None
    elif last == "assistant" or (last == "tool" and _HANDED_OVER.search(text_of(talk[-1]))):
        name = holder or handed
    elif last == "user" and changed and before is not None:
        # The caller has said nothing since, and was understood by the one before.
        name = holder if before.heard == _heard(messages) else None
    return Newcomer(name, _with_values(agents[name], messages)) if name else None


def _with_values(told: str, messages: Messages) -> str:
    """Return instructions with the values of this call in place of the names."""
    values = _VALUES.search("\n".join(text_of(each) for each in messages[:2]))
    lines = dict(_VALUE.findall(values[1])) if values else {}
    return _NAME.sub(lambda name: lines.get(name[1], name[0]).strip('"'), told).strip()


def _heard(messages: Messages) -> str:
    said = [text_of(each) for each in messages if each.get("role") == "user"]
    return said[-1] if said else ""


def _holder(messages: Messages, agents: Mapping[str, str]) -> str | None:
    """Return the agent whose own instructions a request has; None where none can be told."""
    prompt = _plain(text_of(messages[0])) if messages else ""
    told = {name: _plain(text) for name, text in agents.items() if text.strip()}
    found = [name for name, text in told.items() if text in prompt]
    return max(found, key=lambda name: len(told[name]), default=None)


def _handed_to(talk: Messages, agents: Mapping[str, str]) -> str | None:
    """Return the agent that the last call of a tool was to hand over to."""
    calls = [call for each in talk for call in each.get("tool_calls") or ()]
    name = str(calls[-1].get("function", {}).get("name")) if calls else ""
    to = name.removeprefix("handoff_to_")
    return to if name.startswith("handoff_to_") and to in agents else None


def _plain(text: str) -> str:
    """Return a text as it is compared: with single spaces, and none within the braces of a name."""
    return re.sub(r"\s*(\{\{|\}\})\s*", r"\1", " ".join(text.split()))
