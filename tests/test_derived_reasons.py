"""The sentences that say how a derived call went: how soon an agent that is cut falls silent."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from voice_agent.rehearsal import conformance
from voice_agent.rehearsal.audio_io import Heard
from voice_agent.rehearsal.results import Check, Event
from voice_agent.rehearsal.sentences import sentences_for


def playout(
    moment: str, stopped: float, *, may_cut_in: bool, min_words: int = 0, warm_up: float = 3.0
) -> Check | None:
    """Return the check of an 11 s speech that is talked over after 5 s, and stops then or later."""
    first = Event(0.0, "bot_started_speaking")
    call = SimpleNamespace(began=100.0, speaker=SimpleNamespace(hushed=[]), events=[first])
    over = conformance.TalkedOver(
        call=call,  # type: ignore[arg-type]
        sentences=sentences_for("en"),
        heard=Heard(100.0, 100.0 + stopped, 11.0, min(11.0, stopped)),
        began=5.0,
        moment=conformance.MOMENTS[moment],
        may_cut_in=may_cut_in,
        min_words=min_words,
        warm_up=warm_up,
    )
    return conformance.playout(over)


@pytest.mark.parametrize(
    ("stopped", "min_words", "check"),
    [
        (
            5.62,
            0,
            Check(
                "The speech is cut within 2 s.",
                True,
                "It fell silent 0.6 s after the caller's first word.",
            ),
        ),
        (
            7.44,
            0,
            Check(
                "The speech is cut within 2 s.",
                False,
                "It fell silent 2.4 s after the caller's first word, 0.4 s too late.",
            ),
        ),
        (
            7.54,
            1,
            Check(
                "The speech is cut within 2.5 s.",
                False,
                "It fell silent 2.5 s after the caller's first word, 40 ms too late.",
            ),
        ),
        (
            11.0,
            0,
            Check(
                "The speech is cut within 2 s.", False, "It was not cut: 11.0 of 11.0 s were heard."
            ),
        ),
    ],
)
def test_an_agent_that_may_be_cut_is_timed_from_the_callers_first_word(
    stopped: float, min_words: int, check: Check
) -> None:
    shown = playout("talked over in the middle", stopped, may_cut_in=True, min_words=min_words)
    assert shown == check


@pytest.mark.parametrize(
    ("moment", "whose"),
    [
        ("talked over in the middle", "the caller's first word"),
        ("typed over", "the caller's text"),
    ],
)
def test_an_agent_that_may_not_be_cut_tells_how_soon_it_was(moment: str, whose: str) -> None:
    shown = playout(moment, 5.62, may_cut_in=False)
    assert shown == Check(
        "The speech is heard to its end.",
        False,
        f"It fell silent 0.6 s after {whose}, and 5.6 of 11.0 s were heard.",
    )


@pytest.mark.parametrize(
    ("warm_up", "stopped", "name"),
    [
        (0.0, 5.62, "The speech is cut within 2 s."),
        (8.0, 11.0, "The speech is not cut in the first 8 s, which LiveKit protects."),
    ],
)
def test_the_echo_warm_up_is_that_of_the_profile(warm_up: float, stopped: float, name: str) -> None:
    shown = playout("talked over in the middle", stopped, may_cut_in=True, warm_up=warm_up)
    assert shown is not None
    assert shown.passed
    assert shown.name == name
    cut = playout("talked over in the middle", 5.62, may_cut_in=True, warm_up=8.0)
    assert cut is not None
    assert not cut.passed
