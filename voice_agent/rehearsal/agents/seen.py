"""What was seen of agents, fields and menus in a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from livekit.agents import llm

from ...format.scenario import plain_text
from ...runtime.call_state import CallState, ToolEvent
from ..asked import Asked
from ..call import Call
from .trial import AgentTrial

_ALOUD = 3.0  # seconds that a sentence takes


@dataclass(frozen=True, slots=True)
class Seen:
    """A call that was made, as far as it is about its trial."""

    call: Call
    trial: AgentTrial
    state: CallState
    began: float
    """When the moves of the trial began, in seconds since the call did."""

    def events(self, name: str, about: str = "") -> list[ToolEvent]:
        """Return the events of this name since the moves began, in order."""
        return [
            each
            for each in self.call.tool_events
            if each.name == name
            and about in ("", each.tool)
            and each.at - self.call.began >= self.began
        ]

    def said(self, text: str, since: float = 0.0) -> int:
        """Return how often the agent has said a text, in seconds since the call began."""
        responses = [e for e in self.call.events if e.name == "response" and e.at >= since]
        return sum(plain_text(text) in plain_text(each.text) for each in responses)

    @property
    def asked(self) -> Sequence[Asked]:
        """What the language model was asked since the moves began."""
        since = self.began + self.call.began
        return [each for each in self.call.asked if each.at >= since]

    def told(self, tool: str) -> str:
        """Return all that the language model was told of a tool."""
        items = [item for each in self.call.asked for item in each.items]
        every = [*items, *self.call.session.history.items]
        outputs = [each for each in every if isinstance(each, llm.FunctionCallOutput)]
        found = {each.call_id: each.output for each in outputs if each.name == tool}
        return "\n".join(found.values())

    @property
    def first_word(self) -> float | None:
        """Seconds from the first agent's entry to the first word after it."""
        entered = self.events("agent_entered", self.trial.agent)
        if not entered:
            return None
        since = entered[0].at - self.call.began
        heard = [each.started - self.call.began for each in self.call.heard]
        written = [
            each.at if each.started is None else each.started
            for each in self.call.events
            if each.name == "response" and each.at >= since
        ]
        spoken = [each for each in heard if each >= since]
        return min((max(0.0, each - since) for each in [*spoken, *written]), default=None)


def user_texts(asked: Sequence[Asked]) -> list[str]:
    """Return what the language model was told that the caller has said."""
    return [
        item.text_content or ""
        for each in asked
        for item in each.items
        if isinstance(item, llm.ChatMessage) and item.role == "user"
    ]


def was_told(call: Call, text: str, since: float) -> bool:
    """Return whether the language model was told of words, in seconds since the call began.

    A realtime model hears for itself.
    """
    # A request for what somebody says aloud may begin before the last word is over.
    later = [each for each in call.asked if each.at - call.began >= since - _ALOUD]
    told = map(_letters, user_texts(later))
    return not call.asked or any(_letters(text) in each for each in told)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
