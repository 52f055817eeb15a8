"""What a profile says, as the only thing that passes beyond the loader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .scenario import Scenario


@dataclass(frozen=True, slots=True)
class Opening:
    """How the agent opens a call: exactly one of the three texts is set.

    `user_input` is what a caller seems to have said first, `instructions` tells the model how to
    open, and `say` is spoken word for word. `allow_interruptions` is for this opening alone; None
    leaves it to the profile.
    """

    user_input: str | None = None
    instructions: str | None = None
    say: str | None = None
    allow_interruptions: bool | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One agent, as its operator wrote it, with defaults filled in.

    `preemptive_generation` is None for LiveKit's own default. `stt` and `tts` are None only beside
    a realtime `llm`. `path` is where the profile was read from.
    """

    name: str
    instructions: str
    stt: str | None
    llm: str
    tts: str | None
    description: str | None = None
    allow_interruptions: bool = True
    on_enter: Opening | None = None
    preemptive_generation: bool | None = None
    rehearsal: tuple[Scenario, ...] = ()
    path: Path | None = field(default=None, compare=False)
