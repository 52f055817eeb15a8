"""Scenarios in which replies call tools, services answer as written, and both are looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from voice_agent.format.diagnostics import InvalidProfile
from voice_agent.format.loader import examine_text, load, load_scenarios
from voice_agent.format.profile import Profile
from voice_agent.rehearsal import expectations, runner, worker
from voice_agent.rehearsal.results import CallResult

PROFILE = """
instructions: You take bookings.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
variables:
  name: {from: metadata.name, sample: Ada}
tools:
  book_table:
    description: Books a table, once the caller has agreed.
    parameters:
      people: {type: integer, minimum: 1, maximum: 12, description: How many will come.}
      who: {value: "{{ name }}"}
    http: {method: POST, url: "https://api.example.com/bookings", timeout: 3}
    response: {example: {id: B-17}}
    on_error: {409: That time is gone., default: Take a message.}
"""
SCENARIO = """
rehearsal:
  - name: a table that is gone
    variables: {name: Grace}
    replies:
      - {call: book_table, with: {people: 4}, say: Let me see.}
      - I am sorry, seven is taken. Half past six?
      - [{call: book_table, with: {people: 5}}]
      - You are booked.
    tools:
      book_table: [{status: 409}, {response: {id: B-18}, delay_ms: 300}]
    turns:
      - type: Four at seven.
        expect:
          - {event: tool_called, tool: book_table, with: {people: 4}, times: 1, within_ms: 3000}
          - {event: tool_ended, tool: book_table, status: error}
          - {event: response, text_contains: half past six}
          - {event: tool_called, with: {people: 5}, absent: true}
      - type: Five at half past six.
        expect:
          - {event: tool_ended, tool: book_table, status: done}
          - {event: response, text_contains: booked}
"""


def profile(scenario: str) -> Profile:
    checked = examine_text(PROFILE + scenario, "desk.yaml")
    assert checked.profile is not None, checked.diagnostics
    written = replace(checked.profile, path=None)
    room = {"audio_input": False, "audio_output": False}
    return replace(written, stt=None, tts=None, room=room)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stage() -> Iterator[runner.Stage]:
    before = dict(os.environ)
    with runner.stage(1) as running:
        yield running
    os.environ.clear()
    os.environ.update(before)


def rehearse(stage: runner.Stage, scenario: str) -> CallResult:
    made = profile(scenario)
    [planned] = stage.plan(made, made.rehearsal, Path(), ["a table that is gone"])
    return worker.run_call(planned)


def test_services_answer_as_the_scenario_says_and_variables_have_its_values(
    stage: runner.Stage,
) -> None:
    call = rehearse(stage, SCENARIO)
    assert [check for check in call.checks if not check.passed] == []
    gone, booked = call.tools
    assert gone.requests[0].body == '{"people": 4, "who": "Grace"}'
    assert (gone.told, booked.told) == ("That time is gone.", '{"id": "B-18"}')
    said = [turn.text for turn in call.turns if turn.who == "agent"]
    assert any("half past six" in text.lower() for text in said)


@pytest.mark.parametrize(
    ("written", "instead", "reason"),
    [
        ("with: {people: 4}, times: 1, within_ms: 3000", "with: {people: 6}", '{"people": 4}'),
        ("status: error", "status: done", "with the status error"),
        ("{people: 4}, times: 1", "{people: 4}, times: 2", "once, "),
    ],
    ids=["other arguments", "another status", "another number"],
)
def test_an_expectation_that_does_not_come_true_says_what_came_instead(
    stage: runner.Stage, written: str, instead: str, reason: str
) -> None:
    soon = SCENARIO.replace(written, instead, 1).replace(", within_ms: 3000", "")
    soon = soon.replace("event: tool_", "within_ms: 3000, event: tool_")
    with mock.patch.object(expectations, "_TOO_LATE", 0.2):
        call = rehearse(stage, soon)
    [failed] = [check for check in call.checks if not check.passed]
    assert reason in failed.reason


def test_a_file_of_scenarios_is_compared_with_the_tools_of_the_profile_it_is_played_to(
    tmp_path: Path,
) -> None:
    (tmp_path / "desk.yaml").write_text(PROFILE)
    file = tmp_path / "calls.yaml"
    file.write_text(SCENARIO)
    desk = load(tmp_path / "desk.yaml")
    assert len(load_scenarios(file, desk)) == 1
    file.write_text(SCENARIO.replace("call: book_table", "call: book_tabel"))
    with pytest.raises(InvalidProfile, match='has no tool "book_tabel"; did you mean "book_table"'):
        load_scenarios(file, desk)
