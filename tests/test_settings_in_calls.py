"""LiveKit's settings in a profile, as a caller hears what they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.profiles import MINIMAL

from voice_agent import load
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.results import CallResult

pytestmark = pytest.mark.calls

STORY = (
    "There is a good deal to say about that, so let me begin at the beginning, which was many "
    "years ago, in another town, when the office was much smaller than it is today."
)
SCENARIO = {
    "name": "cuts in with six words",
    "replies": [STORY, "Of course, please go ahead.", "Of course."],
    "turns": [
        {"user": "Tell me about your office.", "expect": [{"event": "bot_started_speaking"}]},
        {
            "user": "Please stop, I have a question.",
            "send_after": {"event": "bot_started_speaking", "delay_ms": 3500},
            "expect": [{"event": "bot_stopped_speaking", "within_ms": 15000}],
        },
    ],
}


@pytest.fixture(scope="module")
def stage() -> Iterator[runner.Stage]:
    with runner.stage(1) as made:
        yield made


def call(
    stage: runner.Stage, folder: Path, *, turns: list[Any] | None = None, **settings: Any
) -> CallResult:
    """Run the scenario, or one of other turns, with an agent that has these settings."""
    path = folder / "desk.yaml"
    scenario = {**SCENARIO, "turns": turns or SCENARIO["turns"]}
    written = {**yaml.safe_load(MINIMAL), "rehearsal": [scenario], **settings}
    path.write_text(yaml.safe_dump(written, sort_keys=False))
    profile = load(path)
    plans = [each for each in stage.plan(profile, profile.rehearsal, folder) if each.scenario]
    [rehearsal] = stage.rehearse([(profile, plans)], lambda *_: None)
    [result] = rehearsal.calls
    return result


def test_fewer_words_than_min_words_do_not_cut_the_agent_and_the_key_is_named(
    stage: runner.Stage, tmp_path: Path
) -> None:
    patient = call(stage, tmp_path, turn_handling={"interruption": {"min_words": 7}})
    [over] = patient.barge_ins
    assert (over.outcome, over.key) == ("ignored", "turn_handling.interruption.min_words")
    line = (tmp_path / "desk.yaml").read_text().splitlines()[(over.line or 0) - 1]
    assert line.strip() == "min_words: 7"
    six = {"interruption": {"min_words": 6}}
    [over] = call(stage, tmp_path, turn_handling=six).barge_ins
    assert over.outcome == "let through"


def test_a_turn_is_over_after_the_silence_that_endpointing_says(
    stage: runner.Stage, tmp_path: Path
) -> None:
    def first_delay(seconds: float) -> float:
        delays = {"min_delay": seconds, "max_delay": seconds}
        return call(stage, tmp_path, turn_handling={"endpointing": delays}).measures.turn_delays[0]

    assert first_delay(3.3) - first_delay(0.3) > 2


def test_without_an_echo_warm_up_a_caller_cuts_in_within_the_first_second(
    stage: runner.Stage, tmp_path: Path
) -> None:
    def cut_in(**settings: Any) -> str:
        turns = [
            {"user": "Tell me about your office.", "expect": [{"event": "bot_started_speaking"}]},
            {
                "user": "Please stop, I have a question.",
                "send_after": {"event": "bot_started_speaking", "delay_ms": 200},
                "expect": [{"event": "bot_stopped_speaking", "within_ms": 15000}],
            },
        ]
        [over] = call(stage, tmp_path, turns=turns, session=settings).barge_ins
        return over.outcome

    assert cut_in(aec_warmup_duration=0) == "let through"
    assert cut_in(aec_warmup_duration=8) == "ignored"


def test_a_caller_who_talks_too_long_is_cut_in_on(stage: runner.Stage, tmp_path: Path) -> None:
    long = [
        "My name is Ada and I call about the table.",
        {"pause_ms": 700},
        "It should be by the window, and for two.",
        {"pause_ms": 700},
        "And then there is the matter of the cake.",
    ]
    turns = [{"user": long, "expect": [{"event": "bot_started_speaking"}]}]

    def first_word(**limit: Any) -> float:
        handling = {"endpointing": {"min_delay": 5, "max_delay": 5}, "user_turn_limit": limit}
        made = call(stage, tmp_path, turns=turns, turn_handling=handling)
        last = max(each.at for each in made.events if each.name == "user_stopped_speaking")
        spoke = next(each.at for each in made.events if each.name == "bot_started_speaking")
        return spoke - last

    assert first_word(max_words=8) < first_word() - 2
