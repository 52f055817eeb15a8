"""Agents that take a call over from another, as a request to the language model shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .replies import Messages, instruction_of, talk_of, text_of

NO_AGENTS: Mapping[str, str] = MappingProxyType({})
"""The instructions of the agents of a call that has one."""


class Newcomer(NamedTuple):
    """An agent that is to speak first after it has taken the call over."""

    name: str
    told: str
    """Its own instructions; "" where it has none."""


def newcomer(messages: Messages, agents: Mapping[str, str]) -> Newcomer | None:
    """Return the agent that has just taken over; None where a request is no such.

    `agents` has the instructions of each, by name, the one first that takes the call.
    """
    if not agents or instruction_of(messages):
        return None
    talk = talk_of(messages)
    holder = _holder(messages, agents)
    if not talk:
        # The first one opens the call as any agent does.
        name = holder if holder != next(iter(agents)) else None
    elif talk[-1].get("role") == "assistant":
        name = holder or _handed_to(talk, agents)
    elif talk[-1].get("role") == "tool" and (to := _handed_to(talk, agents)):
        # A handoff that was refused leaves the call where it was.
        name = to if holder in (to, None) or not agents[to].strip() else None
    else:
        name = None
    return Newcomer(name, agents[name].strip()) if name else None


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
