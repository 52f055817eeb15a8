"""What is said of a caller who cuts in, where each agent has its own say in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.luigis import line_of
from support.profiles import MINIMAL

from voice_agent.format.loader import load
from voice_agent.rehearsal import worker
from voice_agent.rehearsal.deciding import agent_settings, settings
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import BargeIn, Turn

AGENTS = """\
agents:
  reception:
    on_enter: {say: Good day., allow_interruptions: false}
    handoffs: {complaint: {when: The caller is unhappy.}, bar: {when: It is about drinks.}}
  complaint:
    allow_interruptions: false
  bar:
    turn_handling: {interruption: {enabled: false}}
"""


def barge_ins(folder: Path, turns: Sequence[Turn], before: str = "") -> list[BargeIn]:
    """Return what a report says of the caller's speech in these turns."""
    file = folder / "luigis.yaml"
    file.write_text(before + MINIMAL + AGENTS)
    profile = load(file)
    opening, rest, words = settings(profile)
    made = CallPlan(
        name="a call",
        profile=profile,
        scenario=None,
        environment={},
        spoken={},
        opening_setting=opening,
        setting=rest,
        recording=folder / "call.wav",
        min_words_setting=words,
        agent_settings=agent_settings(profile),
    )
    return [*worker._barge_ins(tuple(turns), made, 60.0)]


def over(agent: str, *, cut: bool = False) -> list[Turn]:
    """Return the turns of a call in which the caller speaks over an agent, after the opening."""
    return [
        Turn("agent", 0.5, 3.0, "Good day.", agent="reception"),
        Turn("agent", 10.0, 13.0 if cut else 20.0, "Well then.", agent=agent, cut=cut),
        Turn("caller", 12.0, 14.0, "Stop please."),
    ]


@pytest.mark.parametrize(
    ("agent", "cut", "outcome", "key", "written"),
    [
        ("complaint", False, "blocked", "agents.complaint.allow_interruptions", "    allow_int"),
        (
            "bar",
            False,
            "blocked",
            "agents.bar.turn_handling.interruption.enabled",
            "    turn_handling: {",
        ),
        ("reception", True, "let through", "allow_interruptions", None),
    ],
)
def test_the_setting_of_the_agent_that_holds_decides(
    tmp_path: Path, agent: str, cut: bool, outcome: str, key: str, written: str | None
) -> None:
    [found] = barge_ins(tmp_path, over(agent, cut=cut))
    line = None if written is None else line_of(MINIMAL + AGENTS, written)
    assert (found.outcome, found.key, found.line) == (outcome, key, line)


def test_the_opening_of_the_agent_that_takes_the_call_has_a_setting_of_its_own(
    tmp_path: Path,
) -> None:
    turns = [
        Turn("agent", 0.5, 9.0, "Good day.", agent="reception"),
        Turn("caller", 5.0, 7.0, "Stop please."),
    ]
    [found] = barge_ins(tmp_path, turns)
    line = line_of(MINIMAL + AGENTS, "    on_enter: {say")
    key = "agents.reception.on_enter.allow_interruptions"
    assert (found.outcome, found.key, found.line) == ("blocked", key, line)


def test_an_agent_without_a_setting_has_that_of_the_profile(tmp_path: Path) -> None:
    [found] = barge_ins(tmp_path, over("reception"), before="allow_interruptions: false\n")
    assert (found.outcome, found.key, found.line) == ("blocked", "allow_interruptions", 1)
