"""What the language model is to answer in a call, and which answer is the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

ReplyData: TypeAlias = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A reply as plain data: a text, a call `{call: TOOL, with: ARGUMENTS, say: TEXT}`, or several.

`with` and `say` may be left out; "" leaves the reply to the script. `{collect: {NAME: VALUE}}` is
a call of the tool that records the value at that time.
"""
Messages: TypeAlias = Sequence[Mapping[str, Any]]
"""A conversation, as chat completions have it."""
_INSTRUCTIONS = ("system", "developer")
COLLECTED = "What was to be asked of the caller has been asked."
"""What a message begins with that tells an agent what was collected, in the lines that follow."""
_SUMMARY = "A summary of what was said before"
_VALUES = "</values>"  # the end of what holds for all answers of one call


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool, or a detail of that name for the tool that is offered for it."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_detail: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> ToolCall:
        """Return the call that plain data describes; raise ValueError, TypeError or KeyError."""
        if "collect" not in data:
            return cls(str(data["call"]), dict(data.get("with") or {}))
        ((name, value),) = data["collect"].items()
        return cls(str(name), {"value": value}, is_detail=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the language model answers: a text, calls of tools, or a text and then calls."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.calls)

    @classmethod
    def of(cls, data: ReplyData) -> Reply:
        """Return the reply that plain data describes; raise ValueError, TypeError or KeyError."""
        if isinstance(data, str):
            return cls(data)
        calls = [data] if isinstance(data, Mapping) else data
        said = [str(each["say"]) for each in calls if each.get("say")]
        return cls(" ".join(said), tuple(map(ToolCall.of, calls)))


class Progress:
    """How far one conversation has come in the replies of its call.

    What a request is answered with belongs to the conversation only once a later request brings it
    along. Until then it is given again: to a request that is repeated after a failure, or made anew
    because the caller has gone on.
    """

    def __init__(self) -> None:
        self._step = -1
        self._asked: Messages = ()
        self._tools: frozenset[str] = frozenset()
        self._answer = Reply()
        self._call_ids: set[str] = set()
        self._delivered = False

    def step(self, messages: Messages, tools: frozenset[str] = frozenset()) -> int:
        """Return which reply is the next one, from 0, in a request with these messages.

        `tools` has the names of the tools that the request offers.
        """
        if self._step < 0 or self._goes_on(messages) or self._is_of_another(messages, tools):
            self._step += 1
            self._call_ids.clear()
        self._asked, self._tools = messages, tools
        self._delivered = False
        return self._step

    def answering(self, answer: Reply, call_ids: Sequence[str]) -> None:
        """Note with what the latest request is answered."""
        self._answer = answer
        self._call_ids.update(call_ids)

    def delivered(self) -> None:
        """Note that the client has got the whole answer to the latest request."""
        self._delivered = True

    def _goes_on(self, messages: Messages) -> bool:
        """Return whether these messages follow on the latest answer."""
        if messages == self._asked:
            return False
        before, now = talk_of(self._asked), talk_of(messages)
        shared = _shared(before, now)
        if self._is_in(now[shared:]):
            return True
        if self._answer.calls and self._delivered and shared == len(before) < len(now):
            return True  # The turn was taken, so its tools were called.
        head = len(before)
        while head and before[head - 1].get("role") == "user":
            head -= 1
        if shared < head or len(now) < len(before):
            return True  # The conversation is another one, as after a handoff.
        return not (
            _instructions(messages) == _instructions(self._asked)
            or _begins_with(now[shared:], before[shared:])
        )

    def _is_of_another(self, messages: Messages, tools: frozenset[str]) -> bool:
        """Return whether the request is another agent's, to whom the latest answer handed over.

        It may have the same talk, as LiveKit leaves calls of tools out of what it hands over.
        """
        told = _instructions(messages) != _instructions(self._asked)
        return bool(self._answer.calls) and self._delivered and told and tools != self._tools

    def _is_in(self, messages: Messages) -> bool:
        for message in messages:
            calls = message.get("tool_calls") or ()
            if any(each.get("id") in self._call_ids for each in calls):
                return True
            if message.get("role") == "assistant" and not calls and not self._answer.calls:
                return True
        return False


def talk_of(messages: Messages) -> Messages:
    """Return the messages of a conversation without what the model is told."""
    return [each for each in messages if each.get("role") not in _INSTRUCTIONS]


def instruction_of(messages: Messages) -> str:
    """Return what asks for this one answer, after all that holds for every answer; "" for none."""
    last = messages[-1] if len(messages) > 1 else {}
    text = text_of(last) if last.get("role") in _INSTRUCTIONS else ""
    return "" if text.endswith(_VALUES) or text.startswith((COLLECTED, _SUMMARY)) else text


def _instructions(messages: Messages) -> object:
    return next((each.get("content") for each in messages if each.get("role") in _INSTRUCTIONS), "")


def _shared(before: Messages, now: Messages) -> int:
    """Return how many messages both begin with."""
    count = 0
    for one, other in zip(before, now, strict=False):
        if one != other:
            break
        count += 1
    return count


def _begins_with(now: Messages, before: Messages) -> bool:
    """Return whether the caller says all that was said before, and perhaps more."""
    spoken = [" ".join(str(each.get("content")) for each in part) for part in (now, before)]
    said, once = ("".join(filter(str.isalnum, text.lower())) for text in spoken)
    return said.startswith(once)


def text_of(message: Mapping[str, Any]) -> str:
    """Return the text of a message; "" where it has none."""
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(part for part in parts if isinstance(part, str)).strip()
    return ""


def ended_calls(talk: Messages) -> Iterator[tuple[ToolCall, str]]:
    """Yield the calls of tools in a talk that have ended, each with what came of it."""
    made: dict[Any, ToolCall] = {}
    for message in talk:
        for call in message.get("tool_calls") or ():
            function = call.get("function", {})
            try:
                arguments = json.loads(function.get("arguments") or "{}")
            except ValueError:
                arguments = {}
            if isinstance(arguments, dict):
                made[call.get("id")] = ToolCall(str(function.get("name")), arguments)
        if message.get("role") == "tool" and message.get("tool_call_id") in made:
            yield made[message["tool_call_id"]], text_of(message)
