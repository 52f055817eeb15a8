"""A rehearsal as JSON, and as one page that needs no other file."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any

from ..results import CallResult, Rehearsal
from .html_call import MEANING, article, axis, icon, outcome_icon, slug, svg
from .markup import Markup, join, tag
from .summary import (
    Summary,
    complete,
    failures,
    figures,
    left_out,
    manner,
    standin_failure,
    summarise,
    tally,
    verdict,
)


def as_json(rehearsals: Sequence[Rehearsal]) -> str:
    """Return everything that is known, as JSON: `{"passed": …, "rehearsals": […]}`.

    A rehearsal and all within it have the fields that `results` gives them; a rehearsal and a call
    have `passed` too, and a rehearsal has `summary`, with the fields of `summary.Summary`.
    `recording` is a path or null. Times are seconds. A rehearsal with calls that are left out has
    not passed.
    """
    document = {
        "passed": all(complete(rehearsal) for rehearsal in rehearsals),
        "rehearsals": [_plain(rehearsal) for rehearsal in rehearsals],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _plain(rehearsal: Rehearsal) -> dict[str, Any]:
    calls = [
        {**asdict(call), "passed": call.passed, "recording": call.recording and str(call.recording)}
        for call in rehearsal.calls
    ]
    return {
        **asdict(rehearsal),
        "late": {name: runs[-1].lag for name, runs in rehearsal.left_out.items()},
        "passed": complete(rehearsal),
        "summary": asdict(summarise(rehearsal)),
        "calls": calls,
    }


def html(rehearsal: Rehearsal) -> str:
    """Return one page with everything in it, which fetches nothing and opens from disk."""
    script = _asset("report_page.js")
    digest = hashlib.sha256(script.encode()).digest()
    summary = summarise(rehearsal)
    return Template(_asset("report_page.html")).substitute(
        title=join(f"{rehearsal.profile}: {verdict(summary)}"),
        hash=f"sha256-{b64encode(digest).decode('ascii')}",
        style=_asset("report_page.css"),
        script=script,
        body=tag(
            "main",
            _header(rehearsal, summary),
            _failures(rehearsal),
            _left_out(rehearsal),
            _contents(rehearsal),
            _legend() if any(summary.outcomes.values()) else "",
            *(
                article(call, number, rehearsal.path)
                for number, call in enumerate(rehearsal.calls, start=1)
            ),
        ),
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name("assets").joinpath(name).read_text(encoding="utf-8")


def _header(rehearsal: Rehearsal, summary: Summary) -> Markup:
    state = "passed" if complete(rehearsal) else "failed"
    sentence = verdict(summary)
    return tag(
        "header",
        tag("p", "Rehearsal", class_="over"),
        tag("h1", rehearsal.profile),
        tag("p", tag("code", rehearsal.path), f" {manner(rehearsal)}.", class_="soft"),
        tag("p", icon(state), tag("span", f"{sentence}."), class_=f"verdict {state}"),
        tag("p", failure) if (failure := standin_failure(rehearsal)) else "",
        tag("dl", *(_figure(*figure) for figure in figures(summary)), class_="figures"),
    )


def _figure(name: str, value: str, note: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", value, tag("small", note)))


def _failures(rehearsal: Rehearsal) -> str:
    broken = [
        tag(
            "li",
            tag("p", tag("strong", check.name), " ", check.reason),
            tag("p", "In ", _link(rehearsal, call), class_="soft"),
        )
        for call, check in failures(rehearsal)
    ]
    if not broken:
        return ""
    heading = tag("h2", "What failed")
    return tag("section", heading, tag("ul", *broken), class_="failures")


def _left_out(rehearsal: Rehearsal) -> str:
    entries = [
        tag("li", tag("p", tag("strong", name)), *(tag("p", run, class_="soft") for run in runs))
        for name, runs in left_out(rehearsal)
    ]
    if not entries:
        return ""
    heading = tag("h2", "Left out, as the machine was too late")
    return tag("section", heading, tag("ul", *entries), class_="failures")


def _link(rehearsal: Rehearsal, call: CallResult) -> Markup:
    return tag("a", call.name, href=f"#call-{rehearsal.calls.index(call) + 1}")


def _contents(rehearsal: Rehearsal) -> Markup:
    longest = max((axis(call) for call in rehearsal.calls), default=1.0)
    rows = [
        tag(
            "li",
            tag(
                "a",
                outcome_icon(call.passed),
                tag("span", call.name, class_="name"),
                _strip(call, longest),
                tag("span", tally(call), class_="number"),
                tag("span", f"{call.duration:.1f} s", class_="number length"),
                href=f"#call-{number}",
            ),
        )
        for number, call in enumerate(rehearsal.calls, start=1)
    ]
    return tag("nav", tag("h2", "Calls"), tag("ol", *rows), class_="contents", aria_label="Calls")


def _strip(call: CallResult, longest: float) -> Markup:
    """Draw who speaks when, in a few pixels, on a scale that all calls share."""
    spans = [
        tag(
            "rect",
            class_=turn.who,
            x=round(1000 * turn.started / longest),
            y=0 if turn.who == "caller" else 10,
            width=max(4, round(1000 * (turn.stopped - turn.started) / longest)),
            height=8,
        )
        for turn in call.turns
    ]
    return svg("0 0 1000 18", *spans, class_="strip")


def _legend() -> Markup:
    entries = [
        tag("li", tag("span", icon(outcome), class_=f"chip {slug(outcome)}"), meaning)
        for outcome, meaning in MEANING.items()
    ]
    return tag("ul", tag("li", "Barge-ins:"), *entries, class_="legend")
