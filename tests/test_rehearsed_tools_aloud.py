"""Callers who speak while a tool is at work: what an honest agent does, and one that does not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.profiles import make_profile

from voice_agent.format.tools import EndCall, Http, Response, Tool, Tools
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import CallResult
from voice_agent.rehearsal.worker import run_call

pytestmark = pytest.mark.calls

_AT_ONCE = 5
BOOKING = Tool(
    description="Books a table for the caller.",
    http=Http("https://api.example.com/bookings", "POST"),
    response=Response(example={"id": "B-17"}),
)
GOODBYE = EndCall(say="Goodbye, and thank you for calling us today.")
DESK = replace(
    make_profile("desk"), tools=Tools(end_call=GOODBYE, declared={"book_table": BOOKING})
)
DURING = "book_table: talked over while it runs"
SLOW = "book_table: takes its time"
STOPPED = "end_call: stopped in its goodbye"
ENDS = "end_call: ends the call"


def _ends(plan: CallPlan) -> CallPlan:
    ends = replace(GOODBYE, on_interruption="end")
    return replace(plan, profile=replace(DESK, tools=replace(DESK.tools, end_call=ends)))


def _in_its_own_words(plan: CallPlan) -> CallPlan:
    tools = replace(DESK.tools, end_call=EndCall())
    return replace(plan, profile=replace(DESK, tools=tools))


@pytest.fixture(scope="module")
def calls() -> dict[str, CallResult]:
    """Make the calls, side by side."""
    with runner.stage(_AT_ONCE) as stage:
        plans = {
            each.name: each for each in stage.plan(DESK, (), Path(), [DURING, SLOW, STOPPED, ENDS])
        }
        every = {**plans, "it hangs up all the same": _ends(plans[STOPPED])}
        every[ENDS] = _in_its_own_words(plans[ENDS])  # which end a moment before the call does
        ended = stage.run_calls([partial(run_call, each) for each in every.values()], _nothing)
        assert stage.left_out == {}
    return dict(zip(every, ended, strict=True))


def _nothing(_: int, __: CallResult) -> None:
    pass


def failed(call: CallResult) -> list[str]:
    return [check.name for check in call.checks if not check.passed]


@pytest.mark.parametrize("name", [DURING, STOPPED, ENDS])
def test_an_honest_agent_passes(calls: dict[str, CallResult], name: str) -> None:
    assert [check for check in calls[name].checks if not check.passed] == []
    assert len(calls[name].checks) >= 4


def test_a_caller_left_in_silence_is_a_failure_that_says_what_helps(
    calls: dict[str, CallResult],
) -> None:
    [silence] = [check for check in calls[SLOW].checks if not check.passed]
    assert silence.name == "The caller is never left in silence for more than 4 s."
    assert silence.reason.endswith('Give the tool a "filler", or a shorter "timeout".')


def test_an_agent_that_hangs_up_on_a_caller_who_speaks_fails(
    calls: dict[str, CallResult],
) -> None:
    assert failed(calls["it hangs up all the same"]) == ["The call goes on."]
