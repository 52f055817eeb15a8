"""Coverage of a profile with several agents that was really called, in writing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.luigis import line_of

from voice_agent.format.loader import load
from voice_agent.rehearsal import reaching, runner, worker
from voice_agent.rehearsal.report import covered, html
from voice_agent.rehearsal.results import CallResult

PROFILE = """\
instructions: You answer for Luigi's.
llm: openai/gpt-4.1-mini
room: {audio_input: false, audio_output: false}
agents:
  reception:
    on_enter: {say: "Luigi's, good day."}
    tools: []
    handoffs:
      details: {when: The caller wants a table., say: I will take your booking.}
  details:
    tools: []
    collect:
      guests: {type: integer, minimum: 1, description: How many will come., redact: true}
    handoffs:
      booking: {when: collected}
      back: {when: The caller wants something else.}
  booking:
    tools: [book_table]
  complaint:
    tools: []
handoffs:
  complaint: {when: The caller is unhappy.}
tools:
  book_table: {description: Books a table for all guests., result: It is booked.}
rehearsal:
  - name: a caller books
    replies:
      - {handoff: details}
      - How many will come?
      - {call: update_guests, with: {value: 4711}}
      - {call: book_table}
      - You are booked.
    turns:
      - type: A table, please.
        expect:
          - {event: agent_entered, agent: details}
          - {event: response, text_contains: how many}
      - type: All of us.
        expect:
          - {event: agent_entered, agent: booking}
          - {event: response, text_contains: You are booked}
"""


@pytest.fixture(scope="module")
def stage() -> Iterator[runner.Stage]:
    before = dict(os.environ)
    with runner.stage(1) as running:
        yield running
    os.environ.clear()
    os.environ.update(before)


def test_what_a_call_reaches_is_taken_from_the_call_itself(
    stage: runner.Stage, tmp_path: Path
) -> None:
    file = tmp_path / "luigis.yaml"
    file.write_text(PROFILE)
    profile = load(file)
    [planned] = stage.plan(profile, profile.rehearsal, tmp_path, ["a caller books"])
    reachable = reaching.nothing_yet(profile)
    call: CallResult = worker.run_call(planned)
    call = reaching.with_lines(call, reachable, str(file))
    assert [check for check in call.checks if not check.passed] == []
    entered = [step for step in call.steps if step.name == "agent_entered"]
    assert [(each.subject, each.agent, each.by, each.line) for each in entered] == [
        ("reception", "", "start", line_of(PROFILE, "  reception:")),
        ("details", "reception", "llm", line_of(PROFILE, "      details: {when")),
        ("booking", "details", "collected", line_of(PROFILE, "      booking: {when")),
    ]
    said = {turn.text: turn.agent for turn in call.turns if turn.who == "agent"}
    assert said["Luigi's, good day."] == "reception"
    assert said["I will take your booking."] == "details"
    assert said["You are booked."] == "booking"
    coverage = reaching.after([call], reachable)
    assert [each.message for each in covered.never(coverage)] == [
        'handoff from "details" back was never made',
        'agent "complaint" was never entered',
        'handoff from anywhere to "complaint" was never made',
    ]
    assert coverage.covered[0].written is not None
    assert coverage.covered[0].derived is None


def test_the_value_of_a_field_that_is_kept_out_of_reports_is_in_none(
    stage: runner.Stage, tmp_path: Path
) -> None:
    file = tmp_path / "luigis.yaml"
    file.write_text(PROFILE)
    profile = load(file)
    plans = stage.plan(profile, profile.rehearsal, tmp_path, ["a caller books"])
    [told] = stage.rehearse([(profile, plans)], lambda *_: None)
    assert told.coverage.reached == 7
    written = html.as_json([told])
    assert '"subject": "guests"' in written
    assert "4711" not in written
