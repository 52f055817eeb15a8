"""Tools in the reports of a rehearsal: when they ran, what they sent, and what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support import rehearsals

from voice_agent.rehearsal.report import html, junit, text
from voice_agent.rehearsal.results import CallResult, Rehearsal, Request, ToolRun

BOOKED = ToolRun(
    tool="book_table",
    started=4.2,
    stopped=4.53,
    arguments={"people": 4},
    status="error",
    told="That time is gone.",
    requests=(
        Request(
            method="POST",
            url="https://api.example.com/bookings",
            body='{"people": 4}',
            status=409,
            answer=rehearsals.HOSTILE,
            seconds=0.31,
        ),
    ),
)
UNENDED = ToolRun(tool="menu", started=5.0)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    whole = rehearsals.rehearsal(tmp_path)
    call = replace(whole.calls[-1], tools=(BOOKED, UNENDED))
    return replace(whole, calls=(call,))


def call_of(rehearsal: Rehearsal) -> CallResult:
    return rehearsal.calls[0]


def test_the_terminal_shows_each_run_with_its_request_and_what_was_told(
    rehearsal: Rehearsal,
) -> None:
    shown = text.one(call_of(rehearsal), rehearsal.path)
    assert "\n  Tools\n    4.20  book_table  failed after 0.33 s\n" in shown
    assert "POST https://api.example.com/bookings → 409 in 0.31 s" in shown
    assert "told: That time is gone." in shown
    assert "menu  not ended" in shown
    assert "\x1b" not in shown


def test_the_page_has_tools_on_the_time_axis_and_escapes_what_services_answer(
    rehearsal: Rehearsal,
) -> None:
    page = html.html(rehearsal)
    assert '<div class="lane tools">' in page
    assert 'class="error"' in page
    assert 'class="unended"' in page
    assert "Told the model" in page
    assert "<img src=x" not in page


def test_a_page_without_tools_has_no_lane_for_them(tmp_path: Path) -> None:
    assert "lane tools" not in html.html(rehearsals.rehearsal(tmp_path))


def test_programs_get_the_same(rehearsal: Rehearsal) -> None:
    document = json.loads(html.as_json([rehearsal]))
    [run, _] = document["rehearsals"][0]["calls"][0]["tools"]
    assert run["arguments"] == {"people": 4}
    assert run["requests"][0]["status"] == 409
    assert "book_table  failed after 0.33 s" in junit.render(rehearsal)
