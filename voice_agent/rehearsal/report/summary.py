"""The counts and figures that every report of a rehearsal shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import get_args

from ..results import (
    About,
    BargeIn,
    CallResult,
    Check,
    LateRun,
    Outcome,
    Rehearsal,
    Request,
    ToolRun,
)
from .covered import shortfall

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
STANDIN = (
    "Voices and words are a stand-in's: they say nothing of how fast your providers are, or of "
    "what your language model says."
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the worst of several durations, in seconds."""

    median: float
    worst: float
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of all calls of a rehearsal together; durations are seconds."""

    calls: int
    checks: int
    failed: int
    late: int
    """How many calls are left out."""
    run_again: int
    """How many of the other calls were run again, as the machine had been too late for them."""
    outcomes: dict[str, int]
    first_word: Spread | None
    answers: Spread | None
    vad_delays: Spread | None
    turn_delays: Spread | None
    talk_over: float
    lag: float
    silent_after: Spread | None
    """From the caller's first word to the agent's silence, where a barge-in was let through."""
    shortfall: str = ""
    """That less of the profile was reached than must be; "" where it was enough."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured in all calls together."""

    name: str
    value: str
    """The figure with its unit, or "-" if there was nothing to measure."""
    note: str
    meaning: str
    """A line on what the figure is."""


def summarise(rehearsal: Rehearsal) -> Summary:
    """Add up all calls of a rehearsal."""
    measures = [call.measures for call in rehearsal.calls]
    barge_ins = [each for call in rehearsal.calls for each in call.barge_ins]
    outcomes = [each.outcome for each in barge_ins]
    return Summary(
        calls=len(rehearsal.calls),
        checks=sum(len(call.checks) for call in rehearsal.calls),
        failed=sum(1 for _ in failures(rehearsal)),
        late=len(rehearsal.left_out),
        run_again=sum(bool(call.late_runs) for call in rehearsal.calls),
        outcomes={outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        first_word=_spread(m.first_word for m in measures if m.first_word is not None),
        answers=_spread(delay for m in measures for delay in m.answers),
        vad_delays=_spread(delay for m in measures for delay in m.vad_delays),
        turn_delays=_spread(delay for m in measures for delay in m.turn_delays),
        talk_over=sum(m.talk_over for m in measures),
        lag=max((m.lag for m in measures), default=0.0),
        silent_after=_spread(
            each.silent_after for each in barge_ins if each.silent_after is not None
        ),
        shortfall=shortfall(rehearsal.coverage),
    )


def manner(rehearsal: Rehearsal) -> str:
    """Return whether callers may cut in, as a sentence without its subject, the profile."""
    if rehearsal.interruptible == rehearsal.opening_interruptible:
        return ("lets" if rehearsal.interruptible else "never lets") + " the caller cut in"
    if rehearsal.interruptible:
        return "lets the caller cut in, but not on the opening"
    return "lets the caller cut in on the opening only"


def failures(rehearsal: Rehearsal) -> Iterator[tuple[CallResult, Check]]:
    """Yield every check that failed, with its call."""
    for call in rehearsal.calls:
        for check in call.checks:
            if not check.passed:
                yield call, check


def complete(rehearsal: Rehearsal) -> bool:
    """Return whether every call passed and none is left out."""
    return rehearsal.passed and not rehearsal.left_out


def verdict(summary: Summary) -> str:
    """Return the result of a rehearsal in a few words."""
    again = f", {count(summary.run_again, 'call')} run again" if summary.run_again else ""
    left_out = f", {count(summary.late, 'call')} left out" if summary.late else ""
    short = f", {summary.shortfall}" if summary.shortfall else ""
    return _verdict(summary) + again + left_out + short


def _verdict(summary: Summary) -> str:
    if summary.failed:
        fail = "fails" if summary.failed == 1 else "fail"
        return f"{summary.failed} of {count(summary.checks, 'check')} {fail}"
    calls = count(summary.calls, "call")
    if not summary.checks:
        return f"{calls}, nothing checked"
    passed = "all pass" if summary.checks > 1 else "it passes"
    return f"{calls}, {count(summary.checks, 'check')}, {passed}"


def figures(summary: Summary) -> Iterator[Figure]:
    """Yield the six figures of a rehearsal, those without anything to measure among them."""
    yield _figure(
        "Time to the first word",
        summary.first_word,
        "the agent never speaks first",
        "From the beginning of the call to the agent's first word, where the agent opens it.",
    )
    yield _figure(
        "Time to an answer",
        summary.answers,
        "no answer",
        "From the end of what the caller says to the agent's first word.",
    )
    yield _figure(
        "Silent after a barge-in",
        summary.silent_after,
        "none was let through",
        "From the caller's first word to the agent's silence, where callers may cut in.",
    )
    yield _figure(
        "Speech detected after",
        summary.vad_delays,
        "nobody spoke into silence",
        "From the caller's first word until LiveKit's voice detection notices it.",
    )
    yield _figure(
        "End of turn decided after",
        summary.turn_delays,
        "no turn ended",
        "From the caller's last word until LiveKit takes the turn to be over.",
    )
    yield Figure(
        "Both sides speaking at once",
        f"{summary.talk_over:.2f} s",
        "in all",
        "For how long caller and agent spoke over each other, in all calls together.",
    )


def _figure(name: str, spread: Spread | None, nothing: str, meaning: str) -> Figure:
    if spread is None:
        return Figure(name, "-", nothing, meaning)
    once = spread.count == 1
    note = "measured once" if once else f"median, {spread.worst:.2f} s at worst"
    return Figure(name, f"{spread.median:.2f} s", note, meaning)


def lateness(summary: Summary) -> str:
    """Return how late the machine was with audio or with recognizing speech, at the worst."""
    return f"{summary.lag * 1000:.0f} ms"


def date(about: About) -> str:
    """Return when a rehearsal began, as people write it."""
    began = datetime.fromisoformat(about.began)
    offset = began.strftime("%z")
    zone = "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"
    return f"{began:%Y-%m-%d %H:%M} {zone}"


def speeches(rehearsal: Rehearsal) -> list[str]:
    """Return what is said of whose words the caller talks over, without repetition."""
    return list(dict.fromkeys(call.talked_over for call in rehearsal.calls if call.talked_over))


def tally(call: CallResult) -> str:
    """Return how many checks of a call passed, in words."""
    passed = sum(check.passed for check in call.checks)
    if passed < len(call.checks):
        verb = "passes" if passed == 1 else "pass"
        return f"{passed} of {count(len(call.checks), 'check')} {verb}"
    if passed < 2:
        return "1 check passes" if passed else "nothing checked"
    return f"all {passed} checks pass"


def set_aside(runs: Sequence[LateRun], of: int) -> Iterator[str]:
    """Yield a sentence on every run that does not count; `of` is how many there were in all."""
    for number, run in enumerate(runs, start=1):
        seen = "though every check passed."
        if run.failed:
            failed = " ".join(f"{check.name} {check.reason}" for check in run.failed)
            seen = f"and {len(run.failed)} of {count(run.checks, 'check')} failed: {failed}"
        yield f"Run {number} of {of} does not count: the machine was {run.lag:.1f} s late, {seen}"


def earlier_runs(call: CallResult) -> Iterator[str]:
    """Yield a sentence on every run of a call before its last."""
    return set_aside(call.late_runs, len(call.late_runs) + 1)


def left_out(rehearsal: Rehearsal) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of every call that is left out, with a sentence on each of its runs."""
    for name, runs in rehearsal.left_out.items():
        yield name, [*set_aside(runs, len(runs))]


def standin_failure(rehearsal: Rehearsal) -> str:
    """Return a sentence on what failed in the offline stand-in; "" if nothing did."""
    if not rehearsal.standin_errors:
        return ""
    errors = "; ".join(dict.fromkeys(rehearsal.standin_errors))
    return f"The offline stand-in failed meanwhile, which is no fault of the agent: {errors}."


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def stopped(barge_in: BargeIn) -> str:
    """Return how soon a barge-in silenced the agent; "" if it did not."""
    if barge_in.silent_after is None:
        return ""
    return f"silent after {barge_in.silent_after:.2f} s"


def responsible(barge_in: BargeIn, path: str) -> str:
    """Return the setting that decided a barge-in, with its place in the profile."""
    place = "by default" if barge_in.line is None else f"{barge_in.file or path}:{barge_in.line}"
    return f"{barge_in.key} ({place})"


def arguments(run: ToolRun) -> str:
    """Return what a tool was called with, as JSON; "" for nothing."""
    return f" {json.dumps(run.arguments, ensure_ascii=False)}" if run.arguments else ""


def ending(run: ToolRun) -> str:
    """Return how a tool has ended, in a word or two."""
    return {"done": "done", "error": "failed"}.get(run.status, "not ended")


def ran(run: ToolRun) -> str:
    """Return how long a tool ran; "" where it did not end."""
    return "" if run.stopped is None else f"after {run.stopped - run.started:.2f} s"


def exchange(request: Request) -> str:
    """Return a request and the status of its answer, on one line."""
    # What is no HTTP has an answer without a status.
    unanswered = "an answer" if request.answer else "no answer"
    status = unanswered if request.status is None else str(request.status)
    return f"{request.method} {request.url} → {status} in {request.seconds:.2f} s"


def _spread(durations: Iterable[float]) -> Spread | None:
    ordered = sorted(durations)
    return Spread(median(ordered), ordered[-1], len(ordered)) if ordered else None
