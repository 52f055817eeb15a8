"""Scenarios: what is wrong with one is found wherever it stands, and none passes by chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Golden, examples
from support.profiles import yaml_files

from voice_agent.errors import WRONG
from voice_agent.format.diagnostics import InvalidProfile, render
from voice_agent.format.loader import examine_file, examine_text, load_scenarios
from voice_agent.format.scenario import (
    DERIVED_CALLS,
    DERIVED_OF_AGENTS,
    DERIVED_OF_TOOLS,
    Expectation,
    Scenario,
    ScenarioTurn,
    SendAfter,
    ToolAnswer,
    ToolCall,
)
from voice_agent.lint.check import check_file
from voice_agent.rehearsal import conformance, scenario_player, writing
from voice_agent.rehearsal.agents import trials as agents_trials
from voice_agent.rehearsal.results import EVENTS, Check, Event
from voice_agent.rehearsal.tools.trials import KINDS

BAD = sorted((ROOT / "tests" / "invalid").glob("rehearsal-*.yaml"))
FILES = yaml_files("tests/scenario_files")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_mistake_is_found_in_a_file_of_scenarios_as_in_a_profile(
    path: Path, tmp_path: Path
) -> None:
    before, key, rehearsal = path.read_text().partition("rehearsal:")
    # The same lines have the same numbers.
    file = tmp_path / path.name
    file.write_text("#\n" * before.count("\n") + key + rehearsal)
    with pytest.raises(InvalidProfile) as caught:
        load_scenarios(file)
    found = [replace(each, path=str(path)) for each in caught.value.diagnostics]
    assert found == list(examine_file(path).diagnostics)


@pytest.mark.usefixtures("at_the_root")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_file_is_explained_exactly_so(path: Path, golden: Golden) -> None:
    checked = check_file(path)
    said = render(checked.diagnostics, checked.sources)
    golden(path.with_suffix(".out"), said and f"{said}\n")


@pytest.mark.usefixtures("at_the_root")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rehearse_refuses_a_scenario_file_with_the_errors_of_validate(path: Path) -> None:
    checked = check_file(path)
    errors = [each for each in checked.diagnostics if each.severity == "error"]
    if checked.kind == "scenario file" and errors:
        with pytest.raises(InvalidProfile) as caught:
            load_scenarios(path)
        assert list(caught.value.diagnostics) == errors
    elif checked.kind == "scenario file":
        assert load_scenarios(path) == checked.scenarios


def test_a_scenario_file_is_known_by_the_schema_that_it_names_or_by_its_only_key() -> None:
    called = {path.stem: check_file(path).kind for path in FILES}
    assert called.pop("profile-that-forgot-its-keys") == "profile"
    assert set(called.values()) == {"scenario file"}


# Every shape that a rehearsal may have by mistake, often with keys and values of the right names.
words = st.sampled_from([*DERIVED_CALLS[:1], *EVENTS, "", "…", "a caller asks"])
parts = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 200) | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    field.name
                    for kind in (Scenario, ScenarioTurn, Expectation, ToolAnswer, ToolCall)
                    for field in fields(kind)
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(st.lists(st.fixed_dictionaries({"name": words, "turns": st.lists(parts)}) | parts))
def test_a_rehearsal_of_any_shape_ends_in_diagnostics(rehearsal: Any) -> None:
    text = json.dumps({"rehearsal": rehearsal}, ensure_ascii=False)
    found = examine_text(text, "desk.yaml").diagnostics
    assert found
    assert len({(each.line, each.column, each.message) for each in found}) == len(found)


def test_rehearse_refuses_a_profile_with_the_sentences_of_validate(
    run: Callable[..., Any],
) -> None:
    path = "tests/invalid/rehearsal-turns-after-hanging-up.yaml"
    ended = run("rehearse", path)
    assert (ended.returncode, ended.stdout) == (WRONG, "")
    assert ended.stderr == (ROOT / path).with_suffix(".out").read_text()


def test_the_names_that_no_scenario_can_have_are_those_of_the_derived_calls() -> None:
    assert (*conformance.MOMENTS, *writing.WAYS) == DERIVED_CALLS
    assert (*KINDS,) == DERIVED_OF_TOOLS
    assert agents_trials.KINDS == DERIVED_OF_AGENTS


class FakeCall:
    """A call in which everything happens at once: the agent answers, or hangs up."""

    def __init__(self, *, hangs_up: bool = False) -> None:
        self.events: list[Event] = []
        self.now = 0.0
        self.opens = False
        self.silent = True
        self.speaker = SimpleNamespace(playing=False, undecided=False)
        self._hangs_up = hangs_up

    @property
    def over(self) -> bool:
        return self.count("call_ended") > 0

    def count(self, name: str, since: float = 0.0) -> int:
        return sum(event.name == name and event.at >= since for event in self.events)

    def spoke(self, since: float, until: float) -> bool:
        return any(since <= event.at <= until for event in self.events if event.name == "response")

    def type(self, text: str) -> None:
        self.events.append(Event(self.now, "user_typed", text))
        name = "call_ended" if self._hangs_up else "response"
        self.events.append(Event(self.now + 0.5, name, "We open at\n  nine o'clock."))

    async def until(self, happened: Callable[[], bool], within: float = 0.0) -> bool:
        if not happened():
            self.now += within
        return happened()


async def play(call: FakeCall, *turns: ScenarioTurn) -> list[Check]:
    return await scenario_player.play(call, Scenario("a call", turns), {})  # type: ignore[arg-type]


ABSENT = Expectation("bot_interrupted", absent=True)


async def test_nothing_is_sent_once_the_agent_has_hung_up() -> None:
    later = ScenarioTurn(type="Are you there?", expect=(ABSENT,))
    checks = await play(FakeCall(hangs_up=True), ScenarioTurn(type="Hello."), later)
    assert checks == [Check("Turn 2 can be sent.", False, "The call was over.")]


async def test_an_event_is_not_waited_for_once_the_agent_has_hung_up() -> None:
    call = FakeCall(hangs_up=True)
    later = ScenarioTurn(type="Are you there?", send_after=SendAfter("response"))
    checks = await play(call, ScenarioTurn(type="Hello."), later)
    reason = "There was no response before the call was over."
    assert checks == [Check("Turn 2 can be sent.", False, reason)]


async def test_an_agent_that_says_nothing_cannot_be_cut_and_the_report_says_so() -> None:
    silent, speaks = FakeCall(hangs_up=True), FakeCall()
    [of_silent] = await play(silent, ScenarioTurn(type="Hello.", expect=(ABSENT,)))
    [of_speaking] = await play(speaks, ScenarioTurn(type="Hello.", expect=(ABSENT,)))
    assert of_silent.reason == "It did not come, as the agent did not speak."
    assert of_speaking.reason == "It did not come."


@pytest.mark.parametrize("text", ["nine o'clock\n", "AT NINE", "open at nine"])
async def test_texts_are_compared_without_regard_to_case_and_line_breaks(text: str) -> None:
    contains = Expectation("response", text_contains=text)
    excludes = Expectation("response", text_excludes=text)
    checks = await play(FakeCall(), ScenarioTurn(type="Hello.", expect=(contains, excludes)))
    assert [check.passed for check in checks] == [True, False]
