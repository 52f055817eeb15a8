"""What a caller does in the derived calls of agents, one move after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...format.language import language_of
from ...format.profile import Profile
from ...standin.cues import Cue
from ...standin.replies import Reply, ReplyData
from ..sentences import sentences_for


@dataclass(frozen=True, slots=True)
class Awaited:
    """An event that a move must lead to; `about` is the agent, the field or the key."""

    event: str
    about: str


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that the caller does: types, presses keys, or nothing where a variable is set."""

    replies: tuple[ReplyData, ...] = ()
    """What the language model does then, one reply after the other."""
    awaits: Awaited | None = None
    """None where an answer is enough."""
    says: str = ""
    """What the caller types; "" for a sentence that says nothing."""
    keys: str = ""
    """The keys that are pressed, in place of typing."""
    saves: Mapping[str, Any] = field(default_factory=dict)
    """The variables that are set, as a tool would do, in place of typing."""
    only_if_offered: bool = False
    """Whether nothing is done where the language model cannot do it, as without a confirmation."""
    waits: bool = False
    """Whether nothing is done but to wait for the event."""
    talks_over: bool = False
    """Whether the caller speaks as soon as the event has come."""

    @property
    def types(self) -> bool:
        """Whether the caller types something."""
        return not (self.keys or self.saves or self.waits)

    @property
    def tools(self) -> frozenset[str]:
        """The tools that the language model calls then."""
        return frozenset(each.tool for data in self.replies for each in Reply.of(data).calls)


def calls(tool: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the reply that calls a tool."""
    return {"call": tool, "with": dict(arguments or {})}


def text_of(profile: Profile, number: int, move: Move) -> str:
    """Return what is typed in the move of this number, as in no other move of the call."""
    words = sentences_for(language_of(profile))
    return f"{move.says or words.typed} ({number})"


def cues_of(profile: Profile, moves: Sequence[Move]) -> Iterator[Cue]:
    """Yield what the language model does in a call of these moves."""
    for number, move in enumerate(moves, start=1):
        # What is pressed, or set, has no words of its own that a cue could wait for.
        after = text_of(profile, number, move) if move.types else ""
        for reply in move.replies:
            yield Cue(after, reply)
