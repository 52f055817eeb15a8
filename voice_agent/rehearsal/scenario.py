"""What an operator writes under `rehearsal:`, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendAfter:
    """When a turn is sent: so long after an event that came since the turn before it."""

    event: str
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must happen, or must not (`absent`), from a turn's beginning on.

    `within_ms` counts from the turn's end; None is 10 s, and 3 s for what must not happen.
    """

    event: str
    within_ms: int | None = None
    text_contains: str | None = None
    text_excludes: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioTurn:
    """One thing the caller does; exactly one of `user`, `audio`, `type` and `hang_up` is given.

    `user` is what the caller says: texts, and pauses in milliseconds between them.
    """

    user: tuple[str | int, ...] = ()
    audio: str | None = None
    type: str | None = None
    hang_up: bool = False
    voice: str | None = None
    send_after: SendAfter | None = None
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call an operator wrote; `replies` are the language model's first answers, in order."""

    name: str
    turns: tuple[ScenarioTurn, ...]
    replies: tuple[str, ...] = ()
