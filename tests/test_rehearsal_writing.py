"""Rehearsals of agents that hear nobody, or write and do not speak."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from livekit.agents import ChatContext, ChatMessage, StopResponse
from support.profiles import make_profile

from voice_agent.errors import UsageError
from voice_agent.format.scenario import Expectation, Scenario, ScenarioTurn
from voice_agent.rehearsal import plan, runner, worker
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import CallResult
from voice_agent.runtime import build

READS_AND_WRITES = make_profile(
    "pen", stt=None, tts=None, room={"audio_input": False, "audio_output": False}, on_enter="Hello."
)
HEARS_AND_WRITES = make_profile("clerk", tts=None, room={"audio_output": False})
READS_AND_SPEAKS = make_profile("herald", stt=None, room={"audio_input": False}, on_enter="Hello.")


class Silent(build.ProfileAgent):
    """Answers nothing that is said to it."""

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        raise StopResponse


def test_the_calls_that_follow_from_a_profile_are_those_that_can_be_made() -> None:
    assert plan.names(READS_AND_WRITES, ()) == ["typed to"]
    assert plan.names(HEARS_AND_WRITES, ()) == ["typed to", "spoken to"]
    assert plan.names(READS_AND_SPEAKS, ()) == ["typed over"]
    assert plan.names(READS_AND_WRITES, (), quick=True) == ["typed to"]


ASKS = Scenario(
    "a caller asks",
    turns=(ScenarioTurn(type="When?", expect=(Expectation("response", text_contains="nine"),)),),
    replies=("Hello there.", "From nine to five."),
)


def run_silent(call: CallPlan) -> CallResult:
    """Call an agent that answers nothing, in the process that this is sent to."""
    with mock.patch.object(build, "build_agent", Silent):
        return worker.run_call(call)


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, str], CallResult]:
    """Make the calls of all three agents, and one that fails."""
    with runner.stage(4) as stage:
        plans = [
            *stage.plan(READS_AND_WRITES, (ASKS,), Path()),
            *stage.plan(HEARS_AND_WRITES, (), Path()),
            *stage.plan(READS_AND_SPEAKS, (ASKS,), Path()),
        ]
        calls = [partial(worker.run_call, each) for each in plans]
        spoken_to = next(each for each in plans if each.name == "spoken to")
        ended = stage.run_calls([*calls, partial(run_silent, spoken_to)], lambda *_: None)
        assert stage.left_out == {}
    names = [*((each.profile.name, each.name) for each in plans), ("silent", "spoken to")]
    return dict(zip(names, ended, strict=True))


@pytest.mark.calls
def test_an_agent_that_reads_and_writes_is_written_to(
    results: dict[tuple[str, str], CallResult],
) -> None:
    call = results["pen", "typed to"]
    assert [each.reason for each in call.checks if not each.passed] == []
    assert len(call.checks) == 4
    assert all(turn.typed for turn in call.turns)
    assert [turn.who for turn in call.turns][:2] == ["agent", "caller"]
    assert call.talked_over == ""


@pytest.mark.calls
@pytest.mark.parametrize("agent", ["pen", "herald"])
def test_a_scenario_that_only_types_is_played(
    results: dict[tuple[str, str], CallResult], agent: str
) -> None:
    assert results[agent, "a caller asks"].passed


@pytest.mark.calls
def test_an_agent_that_hears_and_writes_is_spoken_to_as_well(
    results: dict[tuple[str, str], CallResult],
) -> None:
    assert results["clerk", "typed to"].passed
    call = results["clerk", "spoken to"]
    assert call.passed
    assert any(turn.who == "caller" and not turn.typed for turn in call.turns)


@pytest.mark.calls
def test_an_agent_that_reads_and_speaks_is_typed_over(
    results: dict[tuple[str, str], CallResult],
) -> None:
    call = results["herald", "typed over"]
    assert [each.reason for each in call.checks if not each.passed] == []
    assert "Afterwards the agent reads a question and answers it." in {
        each.name for each in call.checks
    }


@pytest.mark.calls
def test_an_agent_that_does_not_answer_fails(
    results: dict[tuple[str, str], CallResult],
) -> None:
    failed = [each for each in results["silent", "spoken to"].checks if not each.passed]
    assert [each.reason for each in failed] == ["There was no answer within 15 s."]


def test_a_caller_who_speaks_to_an_agent_that_hears_nobody_is_refused() -> None:
    speaks = Scenario("a caller asks aloud", turns=(ScenarioTurn(user=("When?",)),))
    with pytest.raises(UsageError) as refused:
        plan.check_heard(READS_AND_WRITES, (speaks,))
    assert str(refused.value) == (
        'The caller speaks in "a caller asks aloud", but "pen" hears nobody, as room.audio_input '
        'is false. Have the caller write, with "type".'
    )
