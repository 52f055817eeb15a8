"""A rehearsal as JSON, and as one page that needs no other file."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from string import Template
from typing import Any

from ..coverage import Coverage
from ..results import CallResult, Rehearsal
from . import covered, html_coverage
from .html_call import MEANING, article, axis, icon, slug
from .markup import Markup, join, tag
from .summary import (
    STANDIN,
    Figure,
    Summary,
    complete,
    date,
    failures,
    figures,
    lateness,
    left_out,
    manner,
    speeches,
    standin_failure,
    summarise,
    verdict,
)


def as_json(rehearsals: Sequence[Rehearsal]) -> str:
    """Return everything that is known, as JSON: `{"version": 1, "passed": …, "rehearsals": […]}`.

    A rehearsal and all within it have the fields that `results` gives them; a rehearsal and a call
    have `passed` too, and a rehearsal has `summary`, with the fields of `summary.Summary`.
    `coverage` is what `covered.as_data` returns. `recording` is a path or null. Times are seconds.
    A rehearsal with calls that are left out has not passed. `standin` is a sentence on what the
    results do not say.
    """
    document = {
        "version": 1,
        "passed": all(complete(rehearsal) for rehearsal in rehearsals),
        "standin": STANDIN,
        "rehearsals": [_plain(rehearsal) for rehearsal in rehearsals],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _plain(rehearsal: Rehearsal) -> dict[str, Any]:
    calls = [
        {**asdict(call), "passed": call.passed, "recording": call.recording and str(call.recording)}
        for call in rehearsal.calls
    ]
    return {
        **asdict(replace(rehearsal, coverage=Coverage())),
        "coverage": covered.as_data(rehearsal.coverage),
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
            html_coverage.section(rehearsal.coverage, rehearsal.path),
            _calls(rehearsal, summary),
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
        *(tag("p", note) for note in rehearsal.notes),
        tag("dl", *(_figure(figure) for figure in figures(summary)), class_="figures"),
        tag("p", *_about(rehearsal, summary), class_="soft about"),
        tag("p", " ".join((STANDIN, *speeches(rehearsal))), class_="soft about"),
    )


def _figure(figure: Figure) -> Markup:
    return tag(
        "div",
        tag("dt", figure.name),
        tag("dd", figure.value, tag("small", figure.note)),
        tag("dd", figure.meaning, class_="meaning"),
    )


def _about(rehearsal: Rehearsal, summary: Summary) -> Iterator[str]:
    about = rehearsal.about
    yield tag("time", date(about), datetime=about.began)
    yield " · profile sha256 "
    yield tag("code", about.profile_sha256)
    yield f" · {about.versions} · the machine was late by {lateness(summary)} at worst"


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
    return tag("a", call.name, href=f"#call-{_in_order(rehearsal).index(call) + 1}")


def _calls(rehearsal: Rehearsal, summary: Summary) -> Markup:
    """Show every call, those that failed first and open."""
    longest = max((axis(call) for call in rehearsal.calls), default=1.0)
    alone = len(rehearsal.calls) == 1
    return tag(
        "section",
        tag("h2", "Calls"),
        _legend(summary) if any(summary.outcomes.values()) else "",
        *(
            article(
                call, number, rehearsal.path, longest=longest, unfolded=alone or not call.passed
            )
            for number, call in enumerate(_in_order(rehearsal), start=1)
        ),
        class_="calls",
    )


def _in_order(rehearsal: Rehearsal) -> list[CallResult]:
    return sorted(rehearsal.calls, key=lambda call: call.passed)


def _legend(summary: Summary) -> Markup:
    entries = [
        tag("li", tag("span", icon(outcome), str(number), class_=f"chip {slug(outcome)}"), meaning)
        for (outcome, meaning), number in zip(
            MEANING.items(), summary.outcomes.values(), strict=True
        )
    ]
    return tag("ul", tag("li", "Barge-ins:"), *entries, class_="legend")
