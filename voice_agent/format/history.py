"""An earlier talk that a call goes on from: messages of both sides, as data.

It is a list of {role, content}, or what LiveKit's `ChatContext.to_dict()` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from .variable_types import Unfit
from .written_values import cleaned

ROLES = ("user", "assistant")
MOST_MESSAGES = 200
MOST_CHARACTERS = 100_000


class Message(NamedTuple):
    """What one side has said: `role` is "user", the caller, or "assistant", the agent."""

    role: Literal["user", "assistant"]
    content: str


def messages(data: Any) -> list[Message]:
    """Return the messages of an earlier talk, the last of them where there are too many.

    Raises Unfit for other data. Instructions and calls of tools are passed over: what a talk was
    told is no part of it, and whoever provides a talk gives no instructions.
    """
    found = [*_messages(cleaned(data))][-MOST_MESSAGES:]
    while sum(len(each.content) for each in found) > MOST_CHARACTERS:
        del found[0]
    return found


def _messages(data: Any) -> Iterator[Message]:
    items = data.get("items") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise Unfit("must be a list of messages")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise Unfit(f"must be a list of messages, and entry {number} is none")
        if item.get("type", "message") != "message" or item.get("role") in ("system", "developer"):
            continue
        content = item.get("content")
        if isinstance(content, list):  # of LiveKit's, which may have pictures and sound as well
            content = "\n".join(each for each in content if isinstance(each, str))
        if item.get("role") not in ROLES or not isinstance(content, str):
            wanted = '"role", which is user or assistant, and its text as "content"'
            raise Unfit(f"must be a list of messages, and entry {number} lacks {wanted}")
        if content.strip():
            yield Message(item["role"], content)
