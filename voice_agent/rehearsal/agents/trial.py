"""One derived call of agents: what it is about, and what the caller does in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...format.agents import Handoff, Key, Menu
from ...format.language import language_of
from ...format.profile import Profile
from ...standin.cues import Cue
from ..sentences import sentences_for
from ..tools.trials import in_writing
from .moves import Move, cues_of


@dataclass(frozen=True, slots=True)
class AgentTrial:
    """One derived call of a handoff, a field or a key of a menu."""

    subject: str
    kind: str
    """What happens in it: a name in `HANDOFFS`, `FIELDS` or `KEYS`."""
    profile: Profile
    """The profile as it is called."""
    way: tuple[Move, ...]
    """What brings the call to where it is about something."""
    moves: tuple[Move, ...]
    agent: str = ""
    """The agent that must hold in the end; "" where any may."""
    left: str = ""
    """The agent that holds before `moves`."""
    handoff: Handoff | None = None
    collects: str = ""
    """The field that it is about."""
    key: Key | None = None
    keys: str = ""
    """The key that it is about, after those on the way there, with dots between them."""
    menu: Menu | None = None
    """The menu that must be offered."""
    saved: Mapping[str, Any] = field(default_factory=dict)
    """The variables that must have these values in the end."""
    refused: str = ""
    """What must be refused: an agent, or what the language model is told of a value."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values of variables, over their samples."""

    @property
    def name(self) -> str:
        """The name of the call."""
        return f"{self.subject}: {self.kind}"

    @property
    def spoken(self) -> bool:
        """Whether the caller and the agent speak, or both write, which takes a second."""
        return any(each.talks_over for each in self.moves)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """What the language model does."""
        return tuple(cues_of(self.profile, (*self.way, *self.moves)))

    @property
    def otherwise(self) -> str:
        """What the language model says beside that."""
        return sentences_for(language_of(self.profile)).answers[0]


def trial_of(profile: Profile, *moves: Move, **more: Any) -> AgentTrial:
    """Return a call in writing of these moves."""
    return replace(AgentTrial("", "", in_writing(profile), (), moves), **more)
