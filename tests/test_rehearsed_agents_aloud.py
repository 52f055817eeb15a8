"""Callers who speak while one agent hands over to another, and agents that lose what they say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from voice_agent.format.loader import examine_text
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.agents import playing
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import CallResult
from voice_agent.rehearsal.worker import run_call
from voice_agent.runtime.agents.agent import HoldingAgent

pytestmark = pytest.mark.calls

PROFILE = """
instructions: You are the receptionist.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
session: {aec_warmup_duration: 0}
agents:
  reception:
    on_enter: {say: Hello.}
    handoffs: {booking: {when: The caller wants a table., say: I will take your booking.}}
  booking: {instructions: Book a table.}
"""
CALL = "reception to booking: talked over at the change"


def _deaf(plan: CallPlan) -> CallResult:
    """Run a call in which what the caller says is put away."""

    async def puts_away(agent: HoldingAgent, turn: object, message: object) -> None:
        if "question" in str(getattr(message, "text_content", "")):
            message.content = ["Hello."]  # type: ignore[attr-defined]

    with (
        mock.patch.object(HoldingAgent, "on_user_turn_completed", puts_away),
        mock.patch.object(playing, "_LONGEST", 3.0),
    ):
        return run_call(plan)


@pytest.fixture(scope="module")
def calls() -> tuple[CallResult, CallResult]:
    """Make the call of an honest agent, and that of one which loses what callers say."""
    checked = examine_text(PROFILE, "luigi.yaml")
    assert checked.profile is not None, checked.diagnostics
    profile = replace(checked.profile, path=None, files=())
    with runner.stage(2) as stage:
        [plan] = stage.plan(profile, (), Path(), [CALL])
        other = replace(plan, recording=plan.recording.with_name("other.wav"))
        runs = [partial(run_call, plan), partial(_deaf, other)]
        honest, deaf = stage.run_calls(runs, lambda *_: None)
        assert stage.left_out == {}
    return honest, deaf


def test_an_honest_agent_hears_what_is_said_at_the_change(
    calls: tuple[CallResult, CallResult],
) -> None:
    honest, _ = calls
    assert [check for check in honest.checks if not check.passed] == []
    assert len(honest.checks) >= 5


def test_an_agent_that_loses_what_is_said_at_the_change_fails(
    calls: tuple[CallResult, CallResult],
) -> None:
    _, deaf = calls
    failed = [check.name for check in deaf.checks if not check.passed]
    assert "Nothing that the caller said is lost: the language model is told of it." in failed
