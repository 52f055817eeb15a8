"""What comes of a rehearsal: the only thing that passes from the calls to the reports.

Times are seconds since the call began, as the caller hears them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Who = Literal["caller", "agent"]
Outcome = Literal["blocked", "let through", "ignored"]

# The names of the field, as Pipecat's evaluations have them, and three of our own.
EVENTS = {
    "user_started_speaking": "the caller starts to speak",
    "user_stopped_speaking": "the caller stops speaking",
    "user_transcription": "the agent has understood what the caller said",
    "user_typed": "the caller types a text",
    "bot_started_speaking": "the agent is heard",
    "bot_stopped_speaking": "the agent stops, at its end or cut off",
    "bot_interrupted": "the agent is cut off",
    "llm_started": "the language model is asked",
    "response": "the agent has answered; the text is what the caller heard of it",
    "call_ended": "the call is over",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a call."""

    at: float
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of one side's speech, or a typed text (which takes no time)."""

    who: Who
    started: float
    stopped: float
    text: str
    typed: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller cutting in while the agent speaks, and what came of it."""

    at: float
    until: float
    said: str
    outcome: Outcome
    """`ignored`: it might cut in, but came in the first seconds, or was too short, for LiveKit."""
    key: str
    """What decided it: a key of the profile, such as `allow_interruptions`, or of LiveKit."""
    line: int | None
    """The line of that key in the profile; None where it is a default."""
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the agent was held to."""

    name: str
    """A sentence: what must hold."""
    passed: bool
    reason: str
    """A sentence: what was seen instead, or what shows that it held."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured in a call, in seconds."""

    first_word: float | None = None
    """From the beginning of the call to the agent's first word, where the agent opens it."""
    answers: tuple[float, ...] = ()
    """From the end of the caller's speech to the agent's answer, for each answer."""
    vad_delays: tuple[float, ...] = ()
    """From the beginning of the caller's speech to its detection."""
    turn_delays: tuple[float, ...] = ()
    """From the end of the caller's speech to the decision that the turn is over."""
    talk_over: float = 0.0
    """For how long both sides spoke at once."""
    lag: float = 0.0
    """How late the machine was, at the worst, in passing on audio or in recognizing speech."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call of a rehearsal."""

    name: str
    derived: bool
    """Whether the call was derived from the profile, or written by the operator."""
    events: tuple[Event, ...] = ()
    turns: tuple[Turn, ...] = ()
    barge_ins: tuple[BargeIn, ...] = ()
    checks: tuple[Check, ...] = ()
    measures: Measures = Measures()
    duration: float = 0.0
    recording: Path | None = None
    """A stereo WAV file, 16-bit: the caller left, the agent right."""

    @property
    def passed(self) -> bool:
        """Whether the agent kept to everything it was held to."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All calls of one profile."""

    profile: str
    path: str
    interruptible: bool
    """Whether callers may cut the agent in, but for its opening."""
    opening_interruptible: bool
    """Whether callers may cut its opening."""
    calls: tuple[CallResult, ...] = field(default=())
    late: Mapping[str, float] = field(default_factory=dict)
    """Calls that are left out, and by how many seconds the machine was too late for each."""

    @property
    def passed(self) -> bool:
        """Whether every call passed, but for those that are left out."""
        return all(call.passed for call in self.calls)
