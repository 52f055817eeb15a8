"""What the reports say of coverage: sentences, and diagnostics at the lines never reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from ...format import sarif
from ...format.diagnostics import Diagnostic
from ...format.reachable import Item, Kind
from ..coverage import Coverage, Covered, Reached
from ..results import Rehearsal

VERBS: dict[Kind, str] = {
    "agent": "entered",
    "handoff": "made",
    "tool": "called",
    "field": "collected",
    "key": "pressed",
}
KINDS = {
    "never-entered": "No call of the rehearsal reaches the agent.",
    "never-made": "No call of the rehearsal makes the handoff.",
    "never-called": "No call of the rehearsal calls the tool.",
    "never-collected": "No call of the rehearsal collects the field.",
    "never-pressed": "No call of the rehearsal presses the key, or asks for what it does.",
}
"""Every kind of what is never reached, and what it says."""


def headline(coverage: Coverage) -> str:
    """Return how much was reached, and by which calls; "" where nobody would want to know."""
    if not coverage.covered:
        if coverage.fail_under is None:
            return ""
        return "Coverage: there is nothing to reach, as the profile has neither agents nor tools."
    derived = sum(each.derived is not None for each in coverage.covered)
    written = sum(each.written is not None for each in coverage.covered)
    return (
        f"Coverage: {coverage.reached} of {len(coverage.covered)} ({coverage.percent:g}%); "
        f"derived calls {derived}, your scenarios {written}."
    )


def shortfall(coverage: Coverage) -> str:
    """Return that less was reached than must be; "" where it was enough."""
    if coverage.is_enough or coverage.percent is None:
        return ""
    return f"coverage {coverage.percent:g}% is under {coverage.fail_under:g}%"


def never(coverage: Coverage) -> Iterator[Diagnostic]:
    """Yield a diagnostic on everything that no call has reached, at its line.

    There is none where only some of the calls were to be made, unless they had to reach more.
    """
    if coverage.is_partial and coverage.is_enough:
        return
    for each in coverage.never:
        item, verb = each.item, VERBS[each.item.kind]
        yield Diagnostic(
            item.path,
            *item.place,
            "warning",
            f"never-{verb}",
            f"{item.words} was never {verb}",
            f'write a call for it under "rehearsal", {item.how}',
        )


def lines(coverage: Coverage) -> list[str]:
    """Return what `never` yields, each on a line, as a compiler would."""
    return [
        f"{each.path}:{each.line}:{each.column}: {each.message} [{each.kind}]"
        for each in never(coverage)
    ]


def advice(coverage: Coverage) -> Iterator[str]:
    """Yield sentences on what to do next, and on what was reached in part of the ways alone."""
    if coverage.is_partial:
        yield "Only some of the calls were made; leave out --only to see what none of them reaches."
    elif coverage.never:
        yield (
            'What no call reaches is not rehearsed: write a call for it under "rehearsal", for '
            f"example one {coverage.never[0].item.how}, or take it out of the profile."
        )
    yield from _partly(coverage)
    if coverage.idle:
        names = ", ".join(f'"{name}"' for name in coverage.idle)
        yield f"Of your scenarios, these reach no handoff, tool, field or key: {names}."


def _partly(coverage: Coverage) -> Iterator[str]:
    """Yield what was reached in writing alone, and which handoffs nobody talked over."""
    reached = [each for each in coverage.covered if each.reached]
    written = [each for each in reached if not _is_spoken(each)]
    if coverage.is_partial or len(written) == len(reached):
        return
    if written:
        yield f"Reached in writing only, where nobody speaks: {_listed(written)}."
    if calm := [each for each in reached if _is_spoken(each) and not _is_talked_over(each)]:
        yield f"Made only when nobody interrupts: {_listed(calm)}."


def _is_spoken(covered: Covered) -> bool:
    return any(way.spoken for way in covered.reached)


def _is_talked_over(covered: Covered) -> bool:
    """Return whether a caller spoke while a handoff was made; nobody speaks over other items."""
    return covered.item.kind != "handoff" or any(way.talked_over for way in covered.reached)


def _listed(covered: Iterable[Covered]) -> str:
    return ", ".join(f"{each.item.words} ({place(each.item)})" for each in covered)


def place(item: Item) -> str:
    """Return the file and the line of an item."""
    return f"{item.path}:{item.place.line}"


def manner(way: Reached | None, item: Item) -> str:
    """Return in how many calls something was reached, and how."""
    if way is None:
        return "never"
    calls = f"{way.calls} call" if way.calls == 1 else f"{way.calls} calls"
    if not way.spoken:
        return f"{calls}, in writing only"
    if item.kind == "handoff" and not way.talked_over:
        return f"{calls}, only when nobody interrupts"
    return calls


def as_data(coverage: Coverage) -> dict[str, Any]:
    """Return coverage as plain data."""
    return {
        "reached": coverage.reached,
        "items": len(coverage.covered),
        "percent": coverage.percent,
        "fail_under": coverage.fail_under,
        "enough": coverage.is_enough,
        "partial": coverage.is_partial,
        "idle_scenarios": [*coverage.idle],
        "covered": [_item(each) for each in coverage.covered],
    }


def _item(covered: Covered) -> dict[str, Any]:
    item = covered.item
    return {
        "kind": item.kind,
        "name": item.name,
        "agent": item.agent,
        "path": item.path,
        "line": item.place.line,
        "column": item.place.column,
        "derived": _way(covered.derived),
        "scenarios": _way(covered.written),
    }


def _way(way: Reached | None) -> dict[str, Any] | None:
    if way is None:
        return None
    return {
        "calls": way.calls,
        "first": way.first,
        "spoken": way.spoken,
        "talked_over": way.talked_over,
    }


def as_sarif(rehearsals: Iterable[Rehearsal]) -> str:
    """Return everything that was never reached as a SARIF log."""
    found = {each for rehearsal in rehearsals for each in never(rehearsal.coverage)}
    return sarif.log(sorted(found), KINDS)


def by_file(coverage: Coverage) -> Iterator[tuple[str, dict[int, list[Covered]]]]:
    """Yield every file of a profile that has items, with the items of each line."""
    for path, each in groupby(coverage.covered, key=lambda one: one.item.path):
        lines: dict[int, list[Covered]] = {}
        for covered in each:
            lines.setdefault(covered.item.place.line, []).append(covered)
        yield path, lines
