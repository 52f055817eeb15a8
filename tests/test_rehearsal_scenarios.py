"""Scenarios in an operator's words, played to agents, and what comes of every expectation."""

from __future__ import annotations

import re
import wave
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from support import ROOT
from support.profiles import MINIMAL, write_profile
from support.speech import silence, spoken

from voice_agent import load
from voice_agent.rehearsal import runner, scenario_player
from voice_agent.rehearsal.audio_io import RATE
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import CallResult
from voice_agent.rehearsal.worker import run_call

pytestmark = pytest.mark.calls

DESK = """\
on_enter: Greet the caller.
rehearsal:
  - name: at the desk, what is expected comes
    replies: [How can I help?, We are open from nine to five., "Yes, on Monday as well.", Goodbye.]
    turns:
      - user: [Hello., {pause_ms: 200}, What are your opening hours?]
        voice: joe-fast
        expect:
          - {event: user_transcription, text_contains: opening hours}
          - {event: llm_started}
          - {event: bot_started_speaking, within_ms: 15000}
          - {event: response, text_contains: NINE TO FIVE, text_excludes: midnight}
          - {event: response, text_contains: midnight, absent: true, within_ms: 500}
          - {event: bot_interrupted, absent: true, within_ms: 500}
      - audio: question.wav
        expect:
          - {event: response, text_contains: Monday, within_ms: 15000}
      - type: Thank you.
        expect:
          - {event: response, text_contains: Goodbye}
          - {event: bot_started_speaking, times: 1, within_ms: 2500}
      - wait_ms: 1500
        expect:
          - {event: bot_started_speaking, absent: true}
      - hang_up: true
        expect:
          - {event: bot_started_speaking, absent: true, within_ms: 1000}

  - name: at the desk, what is expected does not come
    replies: [How can I help?, We are open from nine to five.]
    turns:
      - user: What are your opening hours?
        expect:
          - {event: bot_started_speaking, within_ms: 1}
          - {event: bot_started_speaking, absent: true, within_ms: 9000}
          - {event: response, text_contains: midnight, within_ms: 9000}
          - {event: response, text_excludes: nine, within_ms: 9000}
          - {event: bot_interrupted, within_ms: 1000}

  - name: at the desk, every word is understood, or misheard as written
    replies: [How can I help?, Certainly., I see., Yes., All right.]
    turns:
      - user: Two salmon burgers and a Fritz-Kola, please.
        expect:
          - event: user_transcription
            text_contains: Two salmon burgers and a Fritz-Kola, please.
          - {event: response, text_contains: Certainly}
      - user: [Two salmon burgers., {pause_ms: 100}, That is all.]
        hears: {text: Two sole burgers. That is tall.}
        expect:
          - {event: user_transcription, text_contains: Two sole burgers. That is tall.}
          - {event: response, text_contains: I see}
      - audio: question.wav
        hears: {text: Are you open on Sunday?}
        expect:
          - {event: user_transcription, text_contains: Are you open on Sunday?}
          - {event: response, text_contains: "Yes"}
      - user: Goodbye.
        hears: {text: ""}
        expect:
          - {event: user_transcription, absent: true, within_ms: 2000}

  - name: at the desk, the recognizer listens
    hears: really
    replies: [How can I help?, We are open from nine to five.]
    turns:
      - user: What are your opening hours?
        expect:
          - {event: user_transcription, text_contains: hours, text_excludes: "hours?"}
          - {event: response, text_contains: nine}

  - name: at the desk, a turn waits for what never comes
    replies: [How can I help?]
    turns:
      - type: Hello.
        send_after: {event: bot_interrupted}

  - name: at the desk, a turn is sent a second after the agent has begun
    replies: [This takes a little while to say and nobody minds that it does.]
    turns:
      - type: Hello.
        send_after: {event: bot_started_speaking, delay_ms: 1000}
        expect:
          - {event: bot_interrupted, within_ms: 1000}

  - name: at the desk, a turn does not wait for what is expected of the one before
    replies: [How can I help?, This takes a little while to say and nobody minds that it does.]
    turns:
      - type: Tell me.
        expect:
          - {event: call_ended, absent: true}
      - hang_up: true
        send_after: {event: bot_started_speaking, delay_ms: 500}

  - name: at the desk, hanging up is no barge-in
    replies: [This takes a little while to say and nobody minds that it does.]
    turns:
      - user: Wait a moment.
        send_after: {event: bot_started_speaking, delay_ms: 500}
        expect:
          - {event: bot_interrupted, absent: true}
      - hang_up: true
        send_after: {event: user_stopped_speaking}

  - name: at the desk, hanging up ends what the agent says
    replies: [This takes a little while to say and nobody minds that it does.]
    turns:
      - hang_up: true
        send_after: {event: bot_started_speaking, delay_ms: 500}
        expect:
          - {event: bot_stopped_speaking, within_ms: 1000}
"""

FINISHES = """
rehearsal:
  - name: the opener finishes
    replies:
      - >-
        Let me tell you about the weather. It is grey today, and it was grey yesterday as well.
        It will very likely be grey tomorrow, and nobody will be surprised.
    turns:
      - user: Stop please, I have a question for you.
        send_after: {event: bot_started_speaking, delay_ms: 3500}
        expect:
          - {event: bot_interrupted, absent: true}
"""
TYPES = """
  - name: the opener finishes, and what was typed over it is answered
    turns:
      - type: My name is Ada.
        send_after: {event: bot_started_speaking, delay_ms: 500}
        expect:
          - {event: bot_started_speaking, absent: true, within_ms: 1000}
          - {event: response, text_contains: Nice to meet you, within_ms: 60000}
      - type: Thank you.
        send_after: {event: user_typed}
        expect:
          - {event: bot_interrupted, absent: true, within_ms: 1000}
          - {event: response, text_contains: You are welcome, within_ms: 60000}
"""
FINISHES_CHECK = "Turn 1: no bot_interrupted within 3 s."

Calls = dict[str, CallResult]


@pytest.fixture(scope="module")
def stage() -> Iterator[runner.Stage]:
    # Calls that are to fail do not fail because the machine is late.
    with mock.patch.object(runner, "TOO_LATE_TO_BLAME", runner.TOO_LATE), runner.stage(2) as stage:
        yield stage


def run_impatiently(plan: CallPlan) -> CallResult:
    """Run a call, and do not wait a whole minute for what never comes."""
    with mock.patch.object(scenario_player, "_TURN", 8.0):
        return run_call(plan)


def rehearse(
    stage: runner.Stage,
    path: Path,
    only: str = "",
    run: Callable[[CallPlan], CallResult] = run_call,
) -> Calls:
    profile = load(path)
    plans = stage.plan(profile, profile.rehearsal, path.parent)
    calls = [partial(run, plan) for plan in plans if only in plan.name]
    ended = stage.run_calls(calls, lambda *_: None)
    assert stage.left_out == {}
    return {call.name.removeprefix("at the desk, "): call for call in ended}


@pytest.fixture(scope="module")
def calls(stage: runner.Stage, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """Rehearse what the operator of the desk has written."""
    folder = tmp_path_factory.mktemp("desk")
    with wave.open(str(folder / "question.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        # Two seconds pass before the caller speaks, for which neither agent nor machine is late.
        file.writeframes(silence(2, RATE) + spoken("Are you open on Monday?", RATE))
    path = write_profile(folder / "desk.yaml", MINIMAL + DESK)
    return rehearse(stage, path, "at the desk", run_impatiently)


def failed(call: CallResult) -> list[str]:
    """Return the checks that failed, and why."""
    return [f"{check.name} {check.reason}" for check in call.checks if not check.passed]


def ledger(call: CallResult) -> list[tuple[str, str, int | None]]:
    """Return the outcome of every barge-in, and the key and line that decided it."""
    return [(each.outcome, each.key, each.line) for each in call.barge_ins]


def test_what_is_spoken_played_and_typed_is_answered_in_the_order_of_the_replies(
    calls: Calls,
) -> None:
    call = calls["what is expected comes"]
    assert failed(call) == []
    said = [turn.text for turn in call.turns if turn.who == "agent"]
    assert said == [
        "How can I help?",
        "We are open from nine to five.",
        "Yes, on Monday as well.",
        "Goodbye.",
    ]
    did = [(turn.text, turn.typed) for turn in call.turns if turn.who == "caller"]
    assert did == [
        ("Hello.", False),
        ("What are your opening hours?", False),
        ("question.wav", False),
        ("Thank you.", True),
    ]
    assert [event.name for event in call.events].count("call_ended") == 1


def test_a_response_is_noted_with_the_time_it_began_to_be_heard(calls: Calls) -> None:
    call = calls["what is expected comes"]
    heard = [turn.started for turn in call.turns if turn.who == "agent"]
    began = [event.started for event in call.events if event.name == "response"]
    assert began == pytest.approx(heard, abs=0.05)


def test_a_caller_is_silent_as_long_as_is_written(calls: Calls) -> None:
    call = calls["what is expected comes"]
    [ended] = [event.at for event in call.events if event.name == "call_ended"]
    assert ended - call.turns[-1].stopped > 1.5
    assert call.checks[-3].name == "Turn 4: no bot_started_speaking while the caller waits."


def test_a_caller_pauses_as_long_as_is_written(calls: Calls) -> None:
    hello, question, *_ = [
        turn for turn in calls["what is expected comes"].turns if turn.who == "caller"
    ]
    assert question.started - hello.stopped == pytest.approx(0.2, abs=0.1)


def test_the_caller_is_understood_to_the_letter_or_misheard_as_written(calls: Calls) -> None:
    assert failed(calls["every word is understood, or misheard as written"]) == []


def test_the_recognizer_listens_where_it_is_to(calls: Calls) -> None:
    assert failed(calls["the recognizer listens"]) == []


def test_everything_that_is_not_as_expected_is_told_with_the_reason(calls: Calls) -> None:
    late, there, *others = failed(calls["what is expected does not come"])
    assert re.fullmatch(
        r"Turn 1: bot_started_speaking within 0\.001 s\. It came \d\.\d s too late\.", late
    )
    assert re.fullmatch(
        r"Turn 1: no bot_started_speaking within 9 s\. It came \d\.\d s after the turn's end\.",
        there,
    )
    answer = 'There was "We are open from nine to five." instead.'
    assert others == [
        f'Turn 1: response within 9 s with "midnight" in it. {answer}',
        f'Turn 1: response within 9 s without "nine". {answer}',
        "Turn 1: bot_interrupted within 1 s. It did not come. "
        'The agent said: "We are open from nine to five."',
    ]


def test_a_turn_that_cannot_be_sent_fails_and_says_what_it_waited_for(calls: Calls) -> None:
    call = calls["a turn waits for what never comes"]
    assert failed(call) == ["Turn 1 can be sent. There was no bot_interrupted within 8 s."]


def test_a_turn_is_sent_so_long_after_its_event(calls: Calls) -> None:
    call = calls["a turn is sent a second after the agent has begun"]
    assert failed(call) == []
    first = {event.name: event.at for event in reversed(call.events)}
    delay = first["user_typed"] - first["bot_started_speaking"]
    assert delay == pytest.approx(1.0, abs=0.3)


def test_a_turn_does_not_wait_for_what_is_expected_of_the_one_before(calls: Calls) -> None:
    call = calls["a turn does not wait for what is expected of the one before"]
    [reason] = failed(call)
    assert reason.startswith("Turn 1: no call_ended within 3 s. It came ")
    last = call.turns[-1]
    assert (last.who, last.cut) == ("agent", True)
    assert call.duration - last.started == pytest.approx(0.5, abs=0.3)


def test_the_silence_in_a_sound_file_is_not_the_callers_speech(calls: Calls) -> None:
    turns = calls["what is expected comes"].turns
    played = next(turn for turn in turns if turn.text == "question.wav")
    before = max(turn.stopped for turn in turns if turn.stopped < played.started)
    assert played.started - before >= 2
    assert played.stopped - played.started < 2


def test_hanging_up_ends_what_the_agent_says(calls: Calls) -> None:
    call = calls["hanging up ends what the agent says"]
    assert failed(call) == []
    assert call.duration < call.turns[-1].started + 2


def test_hanging_up_is_no_barge_in(calls: Calls) -> None:
    call = calls["hanging up is no barge-in"]
    assert failed(call) == []
    assert call.turns[0].cut
    assert ledger(call) == [("ignored", "aec_warmup_duration", None)]


def test_an_agent_that_may_be_cut_keeps_its_profile_but_not_a_promise_to_finish(
    stage: runner.Stage, tmp_path: Path
) -> None:
    shipped = (ROOT / "profiles" / "uninterruptable.yaml").read_text()
    copy = tmp_path / "interruptable.yaml"
    copy.write_text(shipped.replace("interruptions: false", "interruptions: true") + FINISHES)
    *derived, finishes = (calls := rehearse(stage, copy)).values()
    assert len(derived) == 8
    assert [call.name for call in derived if failed(call)] == []
    [reason] = failed(finishes)
    assert reason.startswith(f"{FINISHES_CHECK} It came ")
    assert ledger(calls["talked over at the start"]) == [
        ("ignored", "aec_warmup_duration", None),
    ]
    assert ledger(calls["talked over in the middle"]) == [
        ("let through", "allow_interruptions", 3),
    ]


def test_the_agent_that_may_not_be_cut_keeps_that_promise(
    stage: runner.Stage, tmp_path: Path
) -> None:
    shipped = (ROOT / "profiles" / "uninterruptable.yaml").read_text()
    copy = tmp_path / "uninterruptable.yaml"
    copy.write_text(shipped + FINISHES + TYPES)
    spoken, typed = rehearse(stage, copy, "the opener finishes").values()
    assert (spoken.checks[0].name, failed(spoken)) == (FINISHES_CHECK, [])
    assert ledger(spoken) == [("blocked", "allow_interruptions", 3)]
    assert failed(typed) == []
    opener = typed.turns[0]
    assert [turn.text for turn in typed.turns if turn.started < opener.stopped][1:] == [
        "My name is Ada.",
        "Thank you.",
    ]
