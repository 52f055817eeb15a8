"""Scenarios: what an operator writes under `rehearsal:`, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from .tools import UNSET

VOICES = {"joe": 1.0, "joe-fast": 0.8, "joe-slow": 1.25}
"""The callers' voices, and how long each takes to say something, in proportion to Joe."""
DEFAULT_VOICE = "joe"

DERIVED_CALLS = (
    "talked over at the start",
    "talked over after the echo warm-up",
    "talked over in the middle",
    "talked over in the last second",
    "talked over in the last tenth",
    "talked over twice in quick succession",
    "talked over past the end",
    "typed over",
    "typed to",
    "spoken to",
)
"""The names of the calls that are derived from every profile, which no scenario can have."""

DERIVED_OF_TOOLS = (
    "goes well",
    "called twice at once",
    "called with wrong arguments",
    "called with hostile arguments",
    "answered with 409",
    "answered with 500",
    "not answered in time",
    "answered byte by byte",
    "cut off by its service",
    "redirected",
    "answered with a page",
    "answered with broken JSON",
    "answered with 5 MB",
    "answered with orders",
    "without a frontend",
    "takes its time",
    "talked over before it runs",
    "talked over while it runs",
    "talked over in its filler",
    "talked over right after it",
    "talked over in its answer",
    "ends the call",
    "stopped in its goodbye",
    "put through",
    "busy",
    "not picked up",
    "rejected",
    "picked up by a machine",
    "talked over in its announcement",
)
"""What the names of the calls that are derived from a tool have after its own, and a colon."""

DERIVED_OF_AGENTS = (
    "goes well",
    "happens by itself",
    "talked over at the change",
    "called with another at once",
    "again and again",
    "given",
    "spelled",
    "corrected",
    "refused",
    "out of range",
    "pressed",
    "chosen by voice",
    "unknown key",
)
"""The same for the calls that are derived from handoffs, fields and the keys of menus."""

Spoken: TypeAlias = Mapping[tuple[str, str], bytes]
"""The audio of everything a caller says, by voice and text; of a file, by "" and its path."""


@dataclass(frozen=True, slots=True)
class SendAfter:
    """When a turn is sent: `delay_ms` after an event that follows the turn before it."""

    event: str
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """An event that must happen, or must not (`absent`), after a turn has begun.

    `within_ms` counts from the turn's end, and None leaves it to the player. `times` is exactly how
    often the event must happen; None is once or more. `tool`, `arguments` and `status` are of
    tools: the arguments are a part of those that the tool is called with. `agent` is of handoffs,
    `key` of menus, `field` and its `value` of what is collected; `UNSET` is any value.
    """

    renamed: ClassVar[Mapping[str, str]] = {"with": "arguments"}

    event: str
    within_ms: int | None = None
    text_contains: str | None = None
    text_excludes: str | None = None
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    status: str | None = None
    absent: bool = False
    times: int | None = None
    agent: str | None = None
    key: str | None = None
    value: Any = UNSET
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence in what the caller says, in milliseconds."""

    pause_ms: int


@dataclass(frozen=True, slots=True)
class Hears:
    """What is heard in place of what the caller says; "" for nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class ScenarioTurn:
    """One thing the caller does: `user`, `audio`, `type`, `press`, `wait_ms` or `hang_up`, no two.

    `user` is what the caller says: texts, and pauses between them. `press` has the keys of the
    telephone, and `wait_ms` is how long the caller says nothing.
    """

    user: tuple[str | Pause, ...] = ()
    audio: str | None = None
    type: str | None = None
    press: str | None = None
    wait_ms: int | None = None
    hang_up: bool = False
    hears: Hears | None = None
    voice: str = DEFAULT_VOICE
    send_after: SendAfter | None = None
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A reply that calls a tool, and what is said with it; "" for nothing.

    Exactly one of `call`, `handoff`, `collect` and `choose` is set: the name of a tool, the agent
    to hand over to, a field's value by its name, or the key of a menu.
    """

    renamed: ClassVar[Mapping[str, str]] = {"with": "arguments"}

    call: str | None = None
    handoff: str | None = None
    collect: Mapping[str, Any] | None = None
    choose: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""


Reply: TypeAlias = str | ToolCall | tuple[ToolCall, ...]
"""What the language model answers: a text, a call of a tool, or several calls at once."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """How what is behind a tool answers one request; `UNSET` is its usual answer.

    `outcome` is how the call to the destination of a transfer ends.
    """

    status: int | None = None
    response: Any = UNSET
    delay_ms: int = 0
    drop: bool = False
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call that an operator wrote; `replies` are the first answers of the language model.

    `hears` is how the agent hears the caller: "exactly" or "really". `variables` are over their
    samples. `tools` has the answers of the services behind tools, one for each request and the last
    for all that follow.
    """

    name: str
    turns: tuple[ScenarioTurn, ...]
    hears: str = "exactly"
    replies: tuple[Reply, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    tools: Mapping[str, tuple[ToolAnswer, ...]] = field(default_factory=dict)

    @property
    def is_recognized(self) -> bool:
        """Whether a recognizer listens, as it is to, or as nobody says what a sound file says."""
        unknown = any(turn.audio is not None and turn.hears is None for turn in self.turns)
        return self.hears == "really" or unknown


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A file that has nothing but scenarios."""

    rehearsal: tuple[Scenario, ...]


def sound_file(folder: Path, name: str) -> Path | None:
    """Return the path of a file in `folder` or below it; None if there is no such file."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def plain_text(text: str) -> str:
    """Return a text as expectations compare it: in lower case, with single spaces."""
    return " ".join(text.lower().split())
