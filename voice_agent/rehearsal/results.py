"""The results of a rehearsal, which are all that the reports are made from.

Times are seconds since the call began, as the caller hears them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .coverage import Coverage

Who = Literal["caller", "agent"]
Outcome = Literal["blocked", "let through", "ignored"]
Origin = Literal["profile", "replies", "test sentence"]

# The names of the field, as Pipecat's evaluations have them, and three of our own.
EVENTS = {
    "user_started_speaking": "the caller starts to speak",
    "user_stopped_speaking": "the caller stops speaking",
    "user_transcription": "the agent has understood what the caller said",
    "user_typed": "the caller types a text",
    "user_pressed": "the caller presses keys of the telephone; the text is the keys",
    "bot_started_speaking": "the agent is heard",
    "bot_stopped_speaking": "the agent stops, at its end or cut off",
    "bot_interrupted": "the agent is cut off",
    "llm_started": "the language model is asked",
    "response": "the agent has answered; the text is what the caller heard of it",
    "tool_called": "the language model calls a tool",
    "tool_ended": "a tool has ended, and the language model is told what came of it",
    "filler_started": "the agent says something while a tool works",
    "dtmf_sent": "the agent has pressed keys of the telephone; the text is the keys",
    "transfer_started": "the agent begins to put the caller through",
    "transfer_ended": "somebody has answered there, or nobody",
    "agent_entered": "an agent takes over, as the first one does at the beginning",
    "handoff_refused": "the call does not go on to an agent, and the language model is told why",
    "field_collected": "the agent has what it collects of the caller",
    "field_refused": "the caller does not tell what the agent collects",
    "key_pressed": "a key of a menu is pressed, or chosen by a caller who speaks",
    "call_ended": "the call is over",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a call."""

    at: float
    name: str
    text: str = ""
    started: float | None = None
    """When a `response` began to be heard, which `at` is the end of; None for other events."""
    tool: str = ""
    """The tool that the event is about; "" for none."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What a tool is called with."""
    status: str = ""
    """How a tool has ended: "done" or "error"."""
    agent: str = ""
    """The agent that has taken over, or has not; "" for other events."""
    key: str = ""
    """The key of a menu, with those on the way there: "4.2"; "" for other events."""
    value: Any = None
    """What a field was collected with."""
    field: str = ""
    """The field that was collected, or refused; "" for other events."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of one side's speech, or a typed text (which takes no time).

    The text of one that was `pressed` is the keys of a telephone; it is `typed` as well.
    """

    who: Who
    started: float
    stopped: float
    text: str
    typed: bool = False
    pressed: bool = False
    cut: bool = False
    origin: Origin | None = None
    """Whose words the agent says: its profile's, those of the scenario's `replies`, or a test
    sentence, which the stand-in says in place of a language model."""
    agent: str = ""
    """Which of the profile's agents speaks; "" in a profile that has one, and for the caller."""

    @property
    def verb(self) -> str:
        """What the side does: "says", "types" or "presses"."""
        return "presses" if self.pressed else "types" if self.typed else "says"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a call through the agents of its profile: what an event of this name says."""

    at: float
    name: str
    """"agent_entered", "handoff_refused", "field_collected", "field_refused" or "key_pressed"."""
    subject: str
    """The agent, the field or the key."""
    agent: str = ""
    """Which agent held before it; "" where the call begins."""
    by: str = ""
    """What had an agent entered: "start", "llm", "collected", "tool", "variable", "menu" or "back".

    A key is pressed by the "caller", or chosen by the "llm" where the caller speaks.
    """
    reason: str = ""
    """Why something was refused."""
    line: int | None = None
    """The line that decided it; None where it is not in the profile."""
    file: str | None = None
    """The file that has that line, where it is not the profile's own."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller cutting in while the agent speaks, and whether it stopped the agent."""

    at: float
    until: float
    said: str
    outcome: Outcome
    """`ignored`: callers may cut in, but not in the first seconds, nor with so short a word."""
    key: str
    """The setting that decided it: a key of the profile, or a setting of LiveKit."""
    line: int | None
    """The line of that key in the profile; None if the profile leaves it out."""
    typed: bool = False
    silent_after: float | None = None
    """Seconds from the caller's first word to the agent's silence, if it was let through."""
    file: str | None = None
    """The file that has that line, where it is not the profile's own."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that a tool has sent, and its answer; secrets are masked."""

    method: str
    url: str
    body: str = ""
    status: int | None = None
    """None where there was no answer."""
    answer: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool; `stopped` is None where the call was over first."""

    tool: str
    started: float
    stopped: float | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    """"done" or "error"; "" where it did not end."""
    told: str = ""
    """What the language model was told."""
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked in a call."""

    name: str
    """A sentence: what must be so."""
    passed: bool
    reason: str
    """A sentence: what was observed."""


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
    """How late the machine was, at the worst, with audio or with recognizing speech."""


@dataclass(frozen=True, slots=True)
class LateRun:
    """A run of a call that was set aside, as the machine was too late for it."""

    lag: float
    """Seconds by which the machine was late."""
    checks: int
    """How many checks were made in it."""
    failed: tuple[Check, ...] = ()
    """Those of them that failed."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call of a rehearsal: its last run."""

    name: str
    derived: bool
    """True for a call derived from the profile, False for one that an operator wrote."""
    events: tuple[Event, ...] = ()
    turns: tuple[Turn, ...] = ()
    barge_ins: tuple[BargeIn, ...] = ()
    tools: tuple[ToolRun, ...] = ()
    """What was done with tools, in order."""
    steps: tuple[Step, ...] = ()
    """Which agents were entered, which fields collected and which keys pressed, in order."""
    checks: tuple[Check, ...] = ()
    measures: Measures = Measures()
    duration: float = 0.0
    recording: Path | None = None
    """A stereo WAV file, 16-bit: the caller left, the agent right."""
    late_runs: tuple[LateRun, ...] = ()
    """The runs before, in order, after each of which the call was run again."""
    talked_over: str = ""
    """A sentence on whose words the caller talks over, in a call derived from the profile."""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class About:
    """When a rehearsal began, and what was rehearsed with what."""

    began: str
    """The date and time, in ISO 8601, with the offset from UTC."""
    versions: str
    """The versions of this program, LiveKit Agents and Python."""
    profile_sha256: str
    """The beginning of the SHA-256 of the profile's file."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All calls of one profile."""

    profile: str
    path: str
    about: About
    interruptible: bool
    """Whether callers may cut in on the agent, its opening aside."""
    opening_interruptible: bool
    """Whether callers may cut in on its opening."""
    calls: tuple[CallResult, ...] = field(default=())
    left_out: Mapping[str, tuple[LateRun, ...]] = field(default_factory=dict)
    """The calls that the machine was too late for, with all their runs."""
    standin_errors: tuple[str, ...] = ()
    """What went wrong in the offline stand-in meanwhile, of which the agent knows nothing."""
    notes: tuple[str, ...] = ()
    """Sentences on what was not as it would be with the profile's own models."""
    coverage: Coverage = field(default_factory=Coverage)
    """What the calls have reached of the profile."""

    @property
    def passed(self) -> bool:
        """Whether every call passed that is not left out, and enough was reached.

        Where calls are left out, nothing can be said of what they would have reached.
        """
        enough = self.coverage.is_enough or bool(self.left_out)
        return enough and all(call.passed for call in self.calls)
