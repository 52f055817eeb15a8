"""Rehearsals that never took place, for the tests of the reports."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from voice_agent.rehearsal.results import (
    About,
    BargeIn,
    CallResult,
    Check,
    Event,
    Measures,
    Rehearsal,
    Turn,
)

RATE = 24000
OPENER = (
    "Well, let me tell you about the history of the paper clip. It begins, as so many things do, "
    "with a bent piece of wire and a person who had time to spare."
)
ABOUT = About(
    "2026-11-23T15:13:22+00:00",
    "voice-agent 0.1.0 (LiveKit Agents 1.8.9, Python 3.11.2)",
    "3f2a9c1b04de",
)
TALKED_OVER = "The caller talks over a test sentence, as a language model would write its opening."
HOSTILE = "</script><img src=x onerror=alert(1)> & \"quotes\" 'too' \x1b[31m \x00"


def recording(path: Path, turns: tuple[Turn, ...], duration: float) -> Path:
    """Write a stereo recording with noise in the rhythm of syllables wherever a side speaks."""
    random = np.random.default_rng(len(turns))
    samples = np.zeros((round(duration * RATE), 2))
    for turn in turns:
        start, stop = round(turn.started * RATE), round(turn.stopped * RATE)
        time = np.arange(stop - start) / RATE
        rhythm = np.abs(np.sin(np.pi * 3.1 * time)) * (0.55 + 0.45 * np.sin(2.3 * time + 1) ** 2)
        pitch = 120 if turn.who == "caller" else 190
        voice = 0.5 * random.standard_normal(time.size) + np.sin(2 * np.pi * pitch * time)
        side, loudness = (0, 5000) if turn.who == "caller" else (1, 7000)
        samples[start:stop, side] = loudness * rhythm * voice
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(samples.clip(-32768, 32767).astype("<i2").tobytes())
    return path


def rehearsal(folder: Path) -> Rehearsal:
    """A profile that never lets the caller cut in, with one call in three gone wrong."""
    return Rehearsal(
        profile="uninterruptable",
        path="profiles/uninterruptable.yaml",
        about=ABOUT,
        interruptible=False,
        opening_interruptible=False,
        calls=(_blocked(folder), _twice(folder), _hostile(folder)),
    )


def _blocked(folder: Path) -> CallResult:
    turns = (
        Turn("agent", 0.62, 9.4, OPENER, origin="test sentence"),
        Turn("caller", 4.1, 5.02, "Stop, please."),
        Turn("caller", 10.2, 11.6, "What time is it in Lisbon?"),
        Turn(
            "agent",
            12.45,
            14.9,
            "It is a quarter past four in Lisbon.",
            origin="test sentence",
        ),
    )
    return CallResult(
        name="barge-in in the middle of the opener",
        derived=True,
        events=(
            Event(0.62, "bot_started_speaking"),
            Event(4.1, "user_started_speaking"),
            Event(5.02, "user_stopped_speaking"),
            Event(9.4, "bot_stopped_speaking"),
            Event(9.4, "response", OPENER),
            Event(15.5, "call_ended"),
        ),
        turns=turns,
        barge_ins=(BargeIn(4.1, 5.02, "Stop, please.", "blocked", "allow_interruptions", 3),),
        checks=(
            Check("The agent speaks first within 3 s.", True, "Its first word came at 0.62 s."),
            Check("The opener is never cut.", True, "It was heard to its end at 9.40 s."),
            Check("A question is heard and answered.", True, "The answer came after 0.85 s."),
        ),
        measures=Measures(0.62, (0.85,), (0.12, 0.16), (0.55,), 0.92, 0.004),
        duration=15.5,
        recording=recording(folder / "blocked.wav", turns, 15.5),
        talked_over=TALKED_OVER,
    )


def _twice(folder: Path) -> CallResult:
    cut = "Well, let me tell you about the history of the paper clip. It begins,"
    turns = (
        Turn("agent", 0.7, 5.35, cut, cut=True, origin="test sentence"),
        Turn("caller", 1.2, 1.8, "Excuse me."),
        Turn("caller", 2.9, 3.6, "Stop, please."),
        Turn("caller", 4.7, 5.9, "No, really, stop."),
        Turn("caller", 7.0, 7.0, "Are you still there?", typed=True),
        Turn("agent", 7.8, 10.1, "I am here. What can I do for you?", origin="test sentence"),
    )
    return CallResult(
        name="barge-in twice in quick succession",
        derived=True,
        turns=turns,
        barge_ins=(
            BargeIn(1.2, 1.8, "Excuse me.", "ignored", "aec_warmup_duration", None),
            BargeIn(2.9, 3.6, "Stop, please.", "blocked", "allow_interruptions", 3),
            BargeIn(
                at=4.7,
                until=5.9,
                said="No, really, stop.",
                outcome="let through",
                key="allow_interruptions",
                line=3,
                silent_after=0.65,
            ),
        ),
        checks=(
            Check(
                "The opener is never cut.",
                False,
                'It was cut off at 5.35 s, after "It begins,", 0.65 s into "No, really, stop."',
            ),
            Check("Text typed mid-speech is not lost.", True, "It was answered after 0.80 s."),
            Check("Nothing is left running.", True, "No task outlived the call."),
        ),
        measures=Measures(0.7, (0.8,), (0.14, 0.2, 0.15), (0.61, 0.72), 1.95, 0.011),
        duration=11.2,
        recording=recording(folder / "twice.wav", turns, 11.2),
        talked_over=TALKED_OVER,
    )


def _hostile(folder: Path) -> CallResult:
    turns = (
        Turn("caller", 0.5, 1.7, HOSTILE),
        Turn("agent", 2.4, 4.6, f"You said {HOSTILE}, did you not?", origin="replies"),
    )
    return CallResult(
        name="../the caller's own: <b>markup</b>",
        derived=False,
        events=(Event(1.9, "user_transcription", HOSTILE),),
        turns=turns,
        checks=(Check(f"The answer contains {HOSTILE}.", True, f"It was {HOSTILE}."),),
        measures=Measures(None, (0.7,), (0.1,), (0.5,)),
        duration=5.5,
        recording=recording(folder / "hostile.wav", turns, 5.5),
    )
