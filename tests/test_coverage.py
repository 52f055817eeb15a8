"""What the calls of a rehearsal have reached of a profile, with lines, in every report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator
from support import ROOT
from support.luigis import LUIGIS, booked, entered, idle, line_of, pressed, rehearsal
from support.profiles import MINIMAL

from voice_agent.commands.rehearse import run as rehearse
from voice_agent.errors import OK, UNUSABLE, WRONG, UsageError
from voice_agent.format import reachable
from voice_agent.format.loader import examine_file
from voice_agent.rehearsal import runner, steps
from voice_agent.rehearsal.call import Call
from voice_agent.rehearsal.coverage import Coverage
from voice_agent.rehearsal.report import artifacts, covered, html, junit, text
from voice_agent.rehearsal.results import CallResult, LateRun, Rehearsal, Step, ToolRun, Turn
from voice_agent.runtime.call_state import ToolEvent


def places(file: Path) -> dict[str, tuple[str, int, int]]:
    """Return the file, the line and the column of every item, by its words."""
    source = examine_file(file).source
    assert source is not None
    return {
        each.words: (Path(each.path).name, each.place.line, each.place.column)
        for each in reachable.items(source)
    }


def never(shown: Rehearsal) -> list[str]:
    """Return what is told never to be reached, without the folder of the profile."""
    folder = str(Path(shown.path).parent)
    return [line.replace(f"{folder}/", "") for line in covered.lines(shown.coverage)]


def shown(told: Rehearsal) -> str:
    """Return the report for the terminal, on long lines."""
    return " ".join(text.render(told, colour=False, width=100).split())


def with_coverage(told: Rehearsal, **changes: Any) -> Rehearsal:
    return replace(told, coverage=replace(told.coverage, **changes))


def test_all_that_can_be_reached_is_listed_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "luigis.yaml").write_text(LUIGIS)
    found = places(tmp_path / "luigis.yaml")
    expected = {
        'agent "reception"': "  reception:",
        'handoff from "reception" to "details"': "details: {when",
        'handoff from "reception" to "hotline"': "hotline: {when",
        'agent "details"': "  details:\n",
        'field "caller_name"': "caller_name:",
        'field "guests"': "guests: {",
        'handoff from "details" to "booking"': "booking: {when",
        'handoff from "details" back': "back: {when",
        'agent "booking"': "  booking:\n",
        'agent "hotline"': "  hotline:\n",
        'key "1" of the menu of "hotline"': '"1": {say',
        'key "4" of the menu of "hotline"': '"4":',
        'key "4.2" of the menu of "hotline"': '{"2": {handoff',
        'agent "complaint"': "  complaint:\n",
        'handoff from anywhere to "complaint"': "complaint: {when",
        'tool "opening_hours"': "opening_hours: {",
        'tool "book_table"': "  book_table:\n",
        'tool "end_call"': "  end_call:\n",
    }
    at = {words: line_of(LUIGIS, written) for words, written in expected.items()}
    assert [*found] == [*expected]
    assert {words: line for words, (_, line, _) in found.items()} == at
    assert found['key "4.2" of the menu of "hotline"'][2] == 20


def test_what_stands_in_another_file_or_behind_an_anchor_has_its_place_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "_base.yaml").write_text(
        "tools:\n  hours: {description: Says when we are open., result: At noon.}\n"
        "agents:\n  desk: {instructions: Help.}\n"
    )
    (tmp_path / "luigis.yaml").write_text(
        f"extends: _base.yaml\n{MINIMAL}agents:\n"
        "  desk:\n    handoffs: &ways\n      kitchen: {when: It is about food.}\n"
        "  kitchen:\n    collect: [email, guests]\n    handoffs: {desk: {when: Else.}}\n"
        "  bar:\n    handoffs: *ways\n    collect: {guests: {type: integer, description: Many.}}\n"
        "handoffs: {bar: {when: It is about drinks.}}\n"
    )
    found = places(tmp_path / "luigis.yaml")
    lines = (tmp_path / "luigis.yaml").read_text()
    there = line_of(lines, "kitchen: {when"), 7
    assert found['tool "hours"'] == ("_base.yaml", 2, 3)
    assert found['agent "desk"'] == ("luigis.yaml", line_of(lines, "  desk:\n"), 3)
    assert found['handoff from "desk" to "kitchen"'] == ("luigis.yaml", *there)
    assert found['handoff from "bar" to "kitchen"'] == ("luigis.yaml", *there)
    assert found['field "email"'] == ("luigis.yaml", line_of(lines, "[email, guests]"), 15)
    assert found['field "guests"'] == ("luigis.yaml", line_of(lines, "{guests: {"), 15)
    assert [*found][-1] == 'tool "hours"'


def test_what_no_call_has_reached_is_told_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, booked(tmp_path), pressed())
    expected = (
        ('"1": {say', 9, 'key "1" of the menu of "hotline" was never pressed [never-pressed]'),
        ('{"2": {', 20, 'key "4.2" of the menu of "hotline" was never pressed [never-pressed]'),
        ("  complaint:\n", 3, 'agent "complaint" was never entered [never-entered]'),
        ("complaint: {when", 3, 'handoff from anywhere to "complaint" was never made [never-made]'),
        ("opening_hours: {", 3, 'tool "opening_hours" was never called [never-called]'),
        ("  end_call:\n", 3, 'tool "end_call" was never called [never-called]'),
    )
    assert never(told) == [
        f"luigis.yaml:{line_of(LUIGIS, written)}:{column}: {message}"
        for written, column, message in expected
    ]
    assert "Coverage: 12 of 18 (66.6%); derived calls 8, your scenarios 7." in shown(told)
    assert 'write a call for it under "rehearsal", for example one with the turn' in shown(told)
    assert "luigis: 2 calls, 2 checks, all pass" in shown(told)


def test_nothing_that_was_reached_is_listed(tmp_path: Path) -> None:
    everything = CallResult(
        name="all",
        derived=False,
        turns=(Turn("caller", 0.5, 60.0, "Well."),),
        steps=(
            entered(0.1, "reception"),
            entered(1, "details", "reception", "llm"),
            entered(2, "reception", "details", "back"),
            entered(3, "hotline", "reception", "llm"),
            Step(4, "key_pressed", "1", agent="hotline"),
            Step(5, "key_pressed", "4", agent="hotline"),
            Step(6, "key_pressed", "4.2", agent="hotline"),
            entered(7, "complaint", "hotline", "menu"),
            entered(8, "details", "reception", "llm"),
            Step(9, "field_collected", "caller_name", agent="details"),
            Step(9, "field_collected", "guests", agent="details"),
            entered(10, "booking", "details", "collected"),
            entered(11, "complaint", "booking", "llm"),
        ),
        tools=tuple(ToolRun(name, 12) for name in ("opening_hours", "book_table", "end_call")),
    )
    told = rehearsal(tmp_path, everything)
    assert never(told) == []
    assert told.coverage.percent == 100
    assert "Coverage: 18 of 18 (100%); derived calls 0, your scenarios 18." in shown(told)
    for sentence in ("is not rehearsed", "in writing only", "nobody interrupts", "these reach no"):
        assert sentence not in shown(told)
    assert json.loads(covered.as_sarif([told]))["runs"][0]["results"] == []


def test_a_scenario_that_reaches_nothing_is_told_so(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, booked(tmp_path), pressed(), idle())
    sentence = (
        'Of your scenarios, these reach no handoff, tool, field or key: "a caller says hello".'
    )
    assert sentence in shown(told)
    [data] = json.loads(html.as_json([told]))["rehearsals"]
    assert data["coverage"]["idle_scenarios"] == ["a caller says hello"]


@pytest.mark.parametrize(
    ("by", "left", "reached"),
    [
        ("llm", "reception", ['handoff from "reception" to "complaint"']),
        ("llm", "booking", ['handoff from anywhere to "complaint"']),
        ("menu", "hotline", []),
        ("tool", "reception", ['handoff from "reception" to "complaint"']),
    ],
)
def test_a_way_of_an_agents_own_goes_before_one_from_anywhere(
    tmp_path: Path, by: str, left: str, reached: list[str]
) -> None:
    own = LUIGIS.replace(
        "      hotline: {when",
        "      complaint: {when: The caller shouts.}\n      hotline: {when",
    )
    call = replace(idle(), steps=(entered(1, "complaint", left, by),))
    told = rehearsal(tmp_path, call, text=own)
    found = [each.item.words for each in told.coverage.covered if each.reached]
    assert [each for each in found if each.startswith("handoff")] == reached
    assert 'agent "complaint"' in found


def test_what_was_refused_does_not_count_as_reached(tmp_path: Path) -> None:
    steps = (
        Step(1, "handoff_refused", "details", agent="reception", reason="The call loops."),
        Step(2, "field_refused", "guests", agent="details", reason="Nobody asks."),
    )
    told = rehearsal(tmp_path, replace(idle(), steps=steps))
    assert told.coverage.reached == 0
    assert told.coverage.idle == ("a caller says hello",)


def test_an_agent_counts_as_entered_only_where_the_call_can_come_to_it(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, replace(idle(), steps=(entered(0.1, "complaint"),)))
    assert told.coverage.reached == 0


def test_what_was_reached_in_writing_alone_is_told(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, booked(tmp_path), pressed())
    [sentence] = [each for each in covered.advice(told.coverage) if "in writing only" in each]
    line = line_of(LUIGIS, "  hotline:\n")
    assert f'agent "hotline" ({told.path}:{line})' in sentence
    assert 'agent "details"' not in sentence
    # Where every call is in writing, as with an agent that does not speak, nobody is told.
    written = rehearsal(tmp_path, pressed())
    assert "in writing only" not in shown(written)


@pytest.mark.parametrize(
    ("spoken", "is_told"),
    [
        ((3.8, 5.2), True),  # before
        ((5.8, 6.3), False),  # as the agent changes
        ((6.8, 7.2), False),  # over its first words
        ((8.0, 8.4), True),  # over its next
    ],
)
def test_a_handoff_over_which_nobody_ever_spoke_is_told(
    tmp_path: Path, spoken: tuple[float, float], is_told: bool
) -> None:
    call = booked(tmp_path)
    turns = (*call.turns[:1], Turn("caller", *spoken, "Wait."), *call.turns[2:])
    told = rehearsal(tmp_path, replace(call, turns=turns))
    sentences = [each for each in covered.advice(told.coverage) if "nobody interrupts" in each]
    assert ('from "reception" to "details"' in "".join(sentences)) is is_told
    assert 'from "details" to "booking"' in "".join(sentences)


def test_a_single_agent_without_tools_is_not_told_of_coverage(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, idle(), text=MINIMAL)
    assert "overage" not in text.render(told, colour=False)
    assert 'class="coverage"' not in html.html(told)
    assert told.coverage.percent is None


def test_a_floor_is_met_where_there_is_nothing_to_reach_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    told = with_coverage(rehearsal(tmp_path, idle(), text=MINIMAL), fail_under=100.0)
    assert told.passed
    assert "there is nothing to reach, as the profile has neither agents nor tools" in shown(told)


def test_after_a_choice_of_calls_nothing_is_listed_that_the_others_may_reach(
    tmp_path: Path,
) -> None:
    told = with_coverage(rehearsal(tmp_path, booked(tmp_path)), is_partial=True)
    assert "leave out --only to see what none of them reaches" in shown(told)
    assert never(told) == []
    assert json.loads(covered.as_sarif([told]))["runs"][0]["results"] == []
    # Where enough must be reached for all that, what is missing is told.
    assert never(with_coverage(told, fail_under=90.0)) != []


def test_scanners_get_what_was_never_reached_at_its_place(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, booked(tmp_path), pressed())
    log = json.loads(covered.as_sarif([told]))
    schema = json.loads((ROOT / "tests" / "sarif-2.1.0-rtm.5.json").read_text())
    Draft4Validator(schema).validate(log)
    [ran] = log["runs"]
    rules = {rule["id"] for rule in ran["tool"]["driver"]["rules"]}
    assert {each["ruleId"] for each in ran["results"]} <= rules
    complaint = next(each for each in ran["results"] if each["ruleId"] == "never-entered")
    assert complaint["level"] == "warning"
    assert complaint["message"]["text"] == (
        'agent "complaint" was never entered; write a call for it under "rehearsal", with the '
        "reply {handoff: complaint}"
    )
    [place] = complaint["locations"]
    line = line_of(LUIGIS, "  complaint:\n")
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": Path(told.path).as_uri()},
        "region": {"startLine": line, "startColumn": 3, "endLine": line, "endColumn": 12},
    }
    artifacts.write([told], tmp_path / "out")
    assert json.loads((tmp_path / "out/luigis/coverage.sarif").read_text()) == log


def test_programs_get_every_item_with_the_calls_that_reached_it(tmp_path: Path) -> None:
    told = rehearsal(tmp_path, booked(tmp_path), pressed())
    [data] = json.loads(html.as_json([told]))["rehearsals"]
    coverage = data["coverage"]
    assert (coverage["reached"], coverage["items"], coverage["percent"]) == (12, 18, 66.6)
    details = next(each for each in coverage["covered"] if each["name"] == "details")
    assert (details["kind"], details["agent"], details["line"]) == ("handoff", "reception", 12)
    assert details["derived"] == {
        "calls": 1,
        "first": "details: entered from reception",
        "spoken": True,
        "talked_over": False,
    }
    assert details["scenarios"]["spoken"] is False
    [step] = [each for each in data["calls"][0]["steps"] if each["by"] == "collected"]
    assert (step["subject"], step["line"]) == ("booking", 20)


def test_build_servers_get_the_floor_as_a_test_case(tmp_path: Path) -> None:
    told = with_coverage(rehearsal(tmp_path, booked(tmp_path)), fail_under=90.0)
    suites = ElementTree.fromstring(junit.render(told).encode())
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    [suite] = [each for each in suites if each.get("name") == "coverage"]
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("Coverage: 8 of 18 (44.4%)")
    assert "was never entered [never-entered]" in str(suite.findtext("system-out"))


def test_secrets_in_a_profile_are_starred_on_the_page(tmp_path: Path) -> None:
    key = "sk-proj-" + "Ab3dEf6hIj9kLm2n" * 2
    written = LUIGIS.replace("Be brief.", f"Be brief. # {key}")
    page = html.html(rehearsal(tmp_path, booked(tmp_path), text=written))
    assert "agents:" in page
    assert key not in page


@dataclass(frozen=True)
class _Planned:
    name: str
    notes: tuple[str, ...] = ()


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Rehearsal]:
    """The rehearsals that `rehearse` makes, in place of calls."""
    made: list[Rehearsal] = []

    @contextmanager
    def stage(*_: object) -> Iterator[Any]:
        def plan(*given: Any) -> list[_Planned]:
            return [_Planned(name) for name in given[-1]]

        yield SimpleNamespace(plan=plan, rehearse=lambda *_: made)

    monkeypatch.setattr(runner, "stage", stage)
    monkeypatch.setattr("voice_agent.rehearsal.workers.prepare_workers", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return made


@pytest.mark.parametrize(
    ("floor", "code"), [("0", OK), ("66.6", OK), ("66.7", WRONG), ("100", WRONG)]
)
def test_a_floor_fails_a_rehearsal_that_reaches_less(
    tmp_path: Path,
    played: list[Rehearsal],
    capsys: pytest.CaptureFixture[str],
    floor: str,
    code: int,
) -> None:
    played.append(rehearsal(tmp_path, booked(tmp_path), pressed()))
    assert rehearse([played[0].path, "--fail-under", floor]) == code
    verdict = capsys.readouterr().out.splitlines()[-1]
    assert ("is under" in verdict) is (code == WRONG)
    assert verdict.startswith("luigis: 2 calls, 2 checks, all pass")


def test_calls_that_are_left_out_leave_open_whether_enough_is_reached(
    tmp_path: Path, played: list[Rehearsal]
) -> None:
    told = rehearsal(tmp_path, booked(tmp_path))
    played.append(replace(told, left_out={"a caller presses keys": (LateRun(2.0, 1),)}))
    assert rehearse([told.path, "--fail-under", "100"]) == UNUSABLE


def test_scanners_get_standard_output_for_themselves(
    tmp_path: Path, played: list[Rehearsal], capsys: pytest.CaptureFixture[str]
) -> None:
    played.append(rehearsal(tmp_path, booked(tmp_path)))
    assert rehearse([played[0].path, "--format", "sarif"]) == OK
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"


@pytest.mark.parametrize("floor", ["101", "-1", "nan", "most"])
def test_a_floor_that_is_no_percentage_is_refused(floor: str) -> None:
    with pytest.raises(UsageError, match="is not a percentage, which is from 0 to 100"):
        rehearse(["receptionist", f"--fail-under={floor}"])


def test_coverage_is_never_said_to_be_whole_where_it_is_not(tmp_path: Path) -> None:
    item = rehearsal(tmp_path, booked(tmp_path)).coverage.covered[0]
    almost = Coverage((*[item] * 1999, replace(item, derived=None)))
    assert almost.percent == 99.9
    assert not replace(almost, fail_under=100.0).is_enough


def test_steps_are_taken_from_what_happened_in_the_call_without_values() -> None:
    def event(name: Any, subject: str, **details: Any) -> ToolEvent:
        return ToolEvent(name, subject, details, 100.0 + len(events))

    events: list[ToolEvent] = []
    events.append(event("agent_entered", "desk", left="", by="start"))
    events.append(event("tool_called", "opening_hours", arguments={}))
    events.append(event("field_collected", "guests", value="forty-two"))
    events.append(event("agent_entered", "bar", left="desk", by="collected"))
    events.append(event("key_pressed", "4.2", agent="bar", by="llm", known=True))
    taken = [*steps.of(cast(Call, SimpleNamespace(tool_events=events, began=100.0)))]
    assert [(each.at, each.name, each.subject, each.agent, each.by) for each in taken] == [
        (0.0, "agent_entered", "desk", "", "start"),
        (2.0, "field_collected", "guests", "desk", ""),
        (3.0, "agent_entered", "bar", "desk", "collected"),
        (4.0, "key_pressed", "4.2", "bar", "llm"),
    ]
    assert "forty-two" not in str(taken)
    turns = (Turn("agent", 2.9, 3.5, "One moment."), Turn("agent", 3.0, 4.0, "Welcome."))
    named = steps.with_agents((*turns, Turn("caller", 3.2, 3.3, "Hi.")), taken)
    assert [each.agent for each in named] == ["desk", "bar", ""]
