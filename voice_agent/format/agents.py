"""Several agents of one profile, as a profile says it: what they collect, and where calls go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .models import Models
from .opening import Instructions, Opening
from .option_types import TurnHandling
from .tools import UNSET, Field, Parameter

BACK = "back"
"""The name of a handoff to the agent that the call came from."""
COLLECTED = "collected"
"""The condition that all is there that an agent collects."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What sends the call on without an llm: a tool that has succeeded, or a variable's value."""

    renamed: ClassVar = {"is": "value"}

    tool: str | None = None
    variable: str | None = None
    value: Any = UNSET


@dataclass(frozen=True, slots=True)
class Handoff:
    """A way from one agent to another.

    `when` is a text for the llm, COLLECTED, or a condition; `parameters` become variables.
    """

    renamed: ClassVar = {"with": "parameters"}

    when: str | Condition
    say: str | None = None
    audio: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def is_for_the_llm(self) -> bool:
        """Whether the llm decides when the call goes this way."""
        return isinstance(self.when, str) and self.when != COLLECTED


@dataclass(frozen=True, slots=True)
class ChatCtx:
    """How much an agent knows of what was said before: the `last` messages."""

    last: int


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of the telephone does: exactly one of the texts, `menu` and `action` is set.

    `parameters` is what the tool is given, and `when` is for callers who speak instead.
    """

    short_form: ClassVar[str] = "say"
    renamed: ClassVar = {"with": "parameters"}

    say: str | None = None
    handoff: str | None = None
    tool: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    menu: Menu | None = None
    action: Literal["repeat", "back"] | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """What is offered on the keys of a telephone, and again after `timeout` seconds of silence.

    It is said again `repeats` times at most.
    """

    keys: Mapping[str, Key]
    say: str | None = None
    instructions: str | None = None
    audio: str | None = None
    timeout: float = 6
    repeats: int = 2


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of several; what is None is as the profile has it.

    `tools` has the names of those it has; None is those that no agent lists. `chat_ctx` is
    "keep", "none", "summary" or how much.
    """

    instructions: Instructions | None = None
    on_enter: Opening | None = None
    tools: tuple[str, ...] | None = None
    collect: Mapping[str, Field] = field(default_factory=dict)
    menu: Menu | None = None
    handoffs: Mapping[str, Handoff] = field(default_factory=dict)
    chat_ctx: str | ChatCtx = "keep"
    stt: Models | None = None
    llm: Models | None = None
    tts: Models | None = None
    allow_interruptions: bool | None = None
    turn_handling: TurnHandling = field(default_factory=TurnHandling)
