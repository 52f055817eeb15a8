"""Finds out what calls have reached of a profile: agents, handoffs, tools, fields and keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..format.agents import BACK
from ..format.hiding import hide
from ..format.loader import examine_file
from ..format.profile import Profile
from ..format.reachable import Item, items
from .coverage import Coverage, Covered, Reached
from .results import CallResult, Step

_ENTERED, _START = "agent_entered", "start"
_Key: TypeAlias = tuple[str, str, str]
"""The kind of an item, the agent that has it, and its name."""


def nothing_yet(profile: Profile) -> Coverage:
    """Return what there is to reach in a profile, before any call."""
    source = examine_file(profile.path).source if profile.path else None
    if source is None:
        return Coverage()
    covered, texts = tuple(map(Covered, items(source))), hide((), source)[1]
    return Coverage(covered, first=next(iter(profile.agents), ""), texts=texts)


def after(calls: Sequence[CallResult], before: Coverage) -> Coverage:
    """Return what there is to reach with the calls that have reached it."""
    known = {_key(each.item) for each in before.covered}
    hits = [(call, _hits(call, known, before.first)) for call in calls]
    covered = tuple(
        replace(
            each,
            derived=_reached(each.item, [pair for pair in hits if pair[0].derived]),
            written=_reached(each.item, [pair for pair in hits if not pair[0].derived]),
        )
        for each in before.covered
    )
    idle = (call.name for call in calls if not call.derived and _is_idle(call))
    return replace(before, covered=covered, idle=tuple(idle) if covered else ())


def with_lines(call: CallResult, coverage: Coverage, path: str) -> CallResult:
    """Return a call of the profile at `path` with the lines that decided each of its steps."""
    places = {_key(each.item): each.item for each in coverage.covered}
    steps: list[Step] = []
    pressed: _Key | None = None
    for step in call.steps:
        decided = _of_step(step, places)
        if step.name == _ENTERED and step.by in (_START, "menu"):
            decided = pressed if step.by == "menu" else ("agent", "", step.subject)
        elif step.name == "key_pressed":
            pressed = decided
        item = places.get(decided) if decided else None
        if item is not None:
            file = None if item.path == path else item.path
            step = replace(step, line=item.place.line, file=file)
        steps.append(step)
    return replace(call, steps=tuple(steps))


def _key(item: Item) -> _Key:
    return item.kind, item.agent, item.name


def _hits(call: CallResult, known: Collection[_Key], first: str) -> Mapping[_Key, list[float]]:
    """Return what a call has reached, and when, each time.

    Where another agent than the `first` takes it, as in calls derived from tools, none was reached.
    """
    hits: dict[_Key, list[float]] = {}
    for run in call.tools:
        hits.setdefault(("tool", "", run.tool), []).append(run.started)
    for step in call.steps:
        if step.name.endswith("_refused"):
            continue
        if step.name == _ENTERED and (step.by != _START or step.subject == first):
            hits.setdefault(("agent", "", step.subject), []).append(step.at)
        key = _of_step(step, known)
        if key is not None:
            hits.setdefault(key, []).append(step.at)
    return hits


def _of_step(step: Step, known: Collection[_Key]) -> _Key | None:
    """Return the handoff, the field or the key that a step is about; None where it is of none."""
    if step.name in ("field_collected", "field_refused"):
        return "field", "", step.subject
    if step.name == "key_pressed":
        return "key", step.agent, step.subject
    if step.by in (_START, "menu"):
        return None
    to = BACK if step.by == BACK else step.subject
    # An agent's own ways go before those from anywhere.
    ways: tuple[_Key, ...] = (("handoff", step.agent, to), ("handoff", "", to))
    return next((way for way in ways if way in known), None)


def _reached(
    item: Item, hits: Sequence[tuple[CallResult, Mapping[_Key, list[float]]]]
) -> Reached | None:
    those = [(call, times[_key(item)]) for call, times in hits if _key(item) in times]
    if not those:
        return None
    return Reached(
        calls=len(those),
        first=those[0][0].name,
        spoken=any(_is_spoken(call) for call, _ in those),
        talked_over=item.kind == "handoff"
        and any(_spoke_over(call, at) for call, times in those for at in times),
    )


def _is_spoken(call: CallResult) -> bool:
    return any(not turn.typed for turn in call.turns)


def _spoke_over(call: CallResult, at: float) -> bool:
    """Return whether the caller spoke between what the agent said at a time and its next words."""
    agent = [turn for turn in call.turns if turn.who == "agent" and not turn.typed]
    since = next((turn.started for turn in agent if turn.started <= at < turn.stopped), at)
    until = next((turn.stopped for turn in agent if turn.started > at), at)
    return any(
        turn.who == "caller" and not turn.typed and turn.started < until and turn.stopped > since
        for turn in call.turns
    )


def _is_idle(call: CallResult) -> bool:
    passed_on = any(step.by != _START and not step.name.endswith("_refused") for step in call.steps)
    return not call.tools and not passed_on
