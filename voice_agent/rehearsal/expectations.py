"""Checks what a scenario expects of the agent, and says what happened instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..format.scenario import Expectation, ScenarioTurn, plain_text
from ..format.tools import UNSET
from .call import Call
from .results import Check, Event

# Milliseconds.
WITHIN = 10_000
ABSENT_FOR = 3_000
# Seconds.
_TOO_LATE = 5.0  # for which an event is still waited for, to be told from one that never comes
_LONGEST = 60.0  # for an answer that began in time, or a pause that may be a cut, to be decided

_NEVER = "It did not come."


@dataclass(frozen=True, slots=True)
class Sent:
    """A turn that was sent; its times are seconds since the call began."""

    turn: ScenarioTurn
    number: int
    began: float
    ended: float


async def check(call: Call, expected: Expectation, sent: Sent) -> Check:
    """Wait until it is decided whether the expectation comes true, and return what came."""
    watch = _Watch(call, expected, sent)
    await call.until(watch.decided, watch.within + _LONGEST)
    return watch.result()


class _Watch:
    """One expectation of a turn, compared with the events of the call."""

    def __init__(self, call: Call, expected: Expectation, sent: Sent) -> None:
        self._call = call
        self._expected = expected
        self._sent = sent
        self.within = _within_ms(expected, sent.turn) / 1000
        """Seconds after the turn's end in which the event counts."""
        self._deadline = sent.ended + self.within

    def decided(self) -> bool:
        """Return whether nothing that may yet happen can change the result."""
        call, expected = self._call, self._expected
        in_time = len(self._in_time())
        if in_time > (expected.times or 0):
            return True
        # A pause that may yet turn out to be a cut is noted with the time it began at.
        if call.now < self._deadline or call.speaker.undecided or self._is_answering():
            return False
        if expected.absent or in_time == expected.times:
            return True
        late = len(self._fitting()) > in_time
        return late or call.over or call.now >= self._deadline + _TOO_LATE

    def result(self) -> Check:
        """Return whether the expectation came true, and why."""
        name = f"Turn {self._sent.number}: {self._in_words()}"
        expected, in_time = self._expected, self._in_time()
        if expected.absent:
            return Check(name, not in_time, self._when(in_time[:1]) or self._never())
        if expected.times is not None:
            passed = len(in_time) == expected.times
            return Check(name, passed, self._when(in_time) or self._instead())
        if not in_time:
            return Check(name, False, self._instead())
        if _has(in_time[0], expected.text_excludes):
            return Check(name, False, f'There was "{in_time[0].text}" instead.')
        return Check(name, True, self._when(in_time[:1]))

    def _fitting(self) -> list[Event]:
        """Return the events that the expectation is about, those too late among them."""
        return [e for e in self._call.events if e.at >= self._sent.began and self._fits(e)]

    def _fits(self, event: Event) -> bool:
        expected = self._expected
        if event.name != expected.event:
            return False
        named = ("tool", "status", "agent", "field", "key")
        if any(getattr(expected, each) not in (None, getattr(event, each)) for each in named):
            return False
        if not has_part(event.arguments, expected.arguments):
            return False
        if expected.value is not UNSET and not has_part(event.value, expected.value):
            return False
        counts = expected.absent or expected.times is not None
        if counts and _has(event, expected.text_excludes):
            return False
        return expected.text_contains is None or _has(event, expected.text_contains)

    def _in_time(self) -> list[Event]:
        return [event for event in self._fitting() if self._at(event) <= self._deadline]

    def _at(self, event: Event) -> float:
        """Return the time that counts: a response's beginning, unless it began before the turn."""
        started = event.started
        return event.at if started is None or started < self._sent.began else started

    def _is_answering(self) -> bool:
        """Return whether the agent is giving a response that began in time."""
        starts = (e.at for e in self._call.events if e.name == "bot_started_speaking")
        began = any(self._sent.began <= at <= self._deadline for at in starts)
        return self._expected.event == "response" and began and not self._call.silent

    def _in_words(self) -> str:
        expected = self._expected
        parts = [f"no {expected.event}" if expected.absent else expected.event]
        about = next(
            filter(None, (expected.tool, expected.agent, expected.field, expected.key)), None
        )
        if about is not None:
            parts.append(f"of {about}")
        if expected.arguments:
            parts.append(f"with {shown(expected.arguments)}")
        if expected.value is not UNSET:
            parts.append(f"with {shown(expected.value)}")
        if expected.status is not None:
            parts.append(f"with the status {expected.status}")
        if expected.times is not None:
            parts.append(_often(expected.times))
        parts.append(f"within {self.within:g} s" if self.within else "while the caller waits")
        if expected.text_contains is not None:
            parts.append(f'with "{expected.text_contains}" in it')
        if expected.text_excludes is not None:
            parts.append(f'without "{expected.text_excludes}"')
        return " ".join(parts) + "."

    def _when(self, events: list[Event]) -> str:
        """Return when these events came, as a sentence; "" if there are none."""
        if not events:
            return ""
        times = [self._at(event) for event in events]
        after, since = ("end", self._sent.ended)
        if times[0] < since:
            after, since = ("beginning", self._sent.began)
        often = "" if self._expected.times is None else f" {_often(len(times))},"
        *before, last = [in_seconds(at - since) for at in times]
        listed = f"{', '.join(before)} and {last}" if before else last
        when = f"{self._it_came(events[0])}{often} {listed} after the turn's {after}"
        if events[0].name == "bot_interrupted" and (word := self._first_word()) is not None:
            when += f", {in_seconds(times[0] - word)} after the caller's first word"
        return f'{when}: "{events[0].text}"' if events[0].text and not before else f"{when}."

    def _it_came(self, event: Event) -> str:
        return "It began" if self._at(event) < event.at else "It came"

    def _first_word(self) -> float | None:
        words = (e for e in self._call.events if e.name == "user_started_speaking")
        return next((e.at for e in words if e.at >= self._sent.began), None)

    def _instead(self) -> str:
        """Return what happened in place of an event that did not come in time."""
        late = next(iter(self._fitting()), None)
        if late is not None and not _has(late, self._expected.text_excludes):
            when = f"{self._it_came(late)} {in_seconds(self._at(late) - self._deadline)} too late"
            return f'{when}: "{late.text}"' if late.text else f"{when}."
        since = [event for event in self._call.events if event.at >= self._sent.began]
        others = [e for e in since if _about(e) and e.name == self._expected.event]
        if others:
            return f"There was {_in_full(others[-1])} instead."
        texts = {event.name: event.text for event in since if event.text}
        if other := texts.get(self._expected.event):
            return f'There was "{other}" instead.'
        if said := texts.get("response"):
            return f'It did not come. The agent said: "{said}"'
        if self._call.speaker.playing:
            return "It did not come. The agent spoke on."
        if heard := texts.get("user_transcription"):
            return f'It did not come. The agent understood: "{heard}"'
        return "It did not come before the call was over." if self._call.over else _NEVER

    def _never(self) -> str:
        """Return that an event did not come that must not."""
        silent = not self._call.spoke(self._sent.began, self._deadline)
        if self._expected.event == "bot_interrupted" and silent:
            return "It did not come, as the agent did not speak."
        return _NEVER


def _within_ms(expected: Expectation, turn: ScenarioTurn) -> int:
    if expected.within_ms is not None:
        return expected.within_ms
    if turn.wait_ms is not None and (expected.absent or expected.times is not None):
        return 0
    return ABSENT_FOR if expected.absent else WITHIN


def has_part(whole: Any, part: Any) -> bool:
    """Return whether data has all that another has: mappings may have more, lists may not."""
    if isinstance(part, Mapping):
        named = isinstance(whole, Mapping) and part.keys() <= whole.keys()
        return named and all(has_part(whole[key], part[key]) for key in part)
    if isinstance(part, (list, tuple)):
        same_length = isinstance(whole, (list, tuple)) and len(whole) == len(part)
        return same_length and all(map(has_part, whole, part))
    return isinstance(part, bool) == isinstance(whole, bool) and bool(whole == part)


def shown(data: Any) -> str:
    """Return data as JSON, as it stands in reasons."""
    return json.dumps(data, ensure_ascii=False, default=str)


def _about(event: Event) -> str:
    return event.tool or event.agent or event.field or event.key


def _in_full(event: Event) -> str:
    how = f" with {shown(event.arguments)}" if event.arguments else ""
    how += f" with {shown(event.value)}" if event.value is not None else ""
    how += f" with the status {event.status}" if event.status else ""
    return f"{event.name} of {_about(event)}{how}"


def _has(event: Event, text: str | None) -> bool:
    return text is not None and plain_text(text) in plain_text(event.text)


def _often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times} times")


def in_seconds(seconds: float) -> str:
    """Return a duration as it is written in reasons, never as 0.0 s."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{max(0.0, seconds) * 1000:.0f} ms"
