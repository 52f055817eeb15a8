"""A profile behaves exactly like the agent one would write by hand against LiveKit's API.

Three calls run side by side through one recording stand-in, with real speech and a real VAD:
the shipped profile, the same agent written by hand, and the profile with interruptions allowed.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from by_hand import ByHand, session_by_hand
from livekit.agents import Agent
from livekit.plugins import silero
from support import ROOT
from support.speech import spoken

from voice_agent import load
from voice_agent.rehearsal.audio_io import RATE, Heard
from voice_agent.rehearsal.call import Call, calling
from voice_agent.runtime import build
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.testing.process import InstrumentedStandin

pytestmark = pytest.mark.calls

OPENER = (
    "Let me tell you about the weather. It is grey today, and it was grey yesterday as well. "
    "It will very likely be grey tomorrow, and nobody will be surprised. "
    "That is all there is to say about the weather."
)
BARGE_IN = "Stop please, I have a question for you."
QUESTION = "What are your opening hours?"


@dataclasses.dataclass(frozen=True)
class Kept:
    """What is left of a call."""

    heard: list[Heard]
    messages: dict[str, list[Any]]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kept]:
    """Hold the three calls, and return what is left of each."""
    record = tmp_path_factory.mktemp("calls") / "record.jsonl"
    with (
        InstrumentedStandin(record=record) as standin,
        mock.patch.dict(os.environ, standin.environment_with(KnownCall((OPENER,)))),
    ):
        return asyncio.run(_hold_calls(record))


async def _hold_calls(record: Path) -> dict[str, Kept]:
    profile = load(ROOT / "profiles" / "uninterruptable.yaml")
    interruptible = dataclasses.replace(profile, allow_interruptions=True)
    vad = silero.VAD.load()
    made = {
        "profile": (build.build_agent(profile), lambda: build.build_session(profile, vad)),
        "by hand": (ByHand(), lambda: session_by_hand(vad)),
        "interruptible": (
            build.build_agent(interruptible),
            lambda: build.build_session(interruptible, vad),
        ),
    }
    speeches = (spoken(BARGE_IN, RATE), spoken(QUESTION, RATE))
    ended = await asyncio.gather(*(_talk_over(*made[name], *speeches) for name in made))
    entries = [json.loads(line) for line in record.read_text().splitlines()]
    return {
        name: Kept(call.heard, _messages(entries, call.room_id))
        for name, call in zip(made, ended, strict=True)
    }


async def _talk_over(agent: Agent, make_session: Any, barge_in: bytes, question: bytes) -> Call:
    async with calling(agent, make_session) as call:
        await call.until(lambda: call.speaker.playing)
        # LiveKit ignores barge-in for the first three seconds anyway.
        await call.microphone.speak(call.microphone.silence(4.0) + barge_in)
        await call.until(lambda: bool(call.heard))
        if not call.heard[0].cut:
            await call.microphone.speak(call.microphone.silence(1.0) + question)
        await call.until(lambda: len(call.heard) == 2)
        return call


def _messages(entries: list[dict[str, Any]], room_id: str) -> dict[str, list[Any]]:
    """Return what one call sent to each service, runs of audio taken together."""
    sent: dict[str, list[Any]] = {"stt": [], "llm": [], "tts": []}
    for entry in entries:
        if entry["headers"].get("x-livekit-room-id") == room_id and entry["service"] in sent:
            sent[entry["service"]].append((entry["path"], _without_length(entry["message"])))
    return {
        service: [message for message, _ in itertools.groupby(messages)]
        for service, messages in sent.items()
    }


def _without_length(message: Any) -> Any:
    if isinstance(message, dict) and message.get("type") == "input_audio":
        return {**message, "audio": "…"}
    return message


@pytest.mark.parametrize("service", ["stt", "llm", "tts"])
def test_the_profile_sends_what_the_agent_by_hand_sends(
    calls: dict[str, Kept], service: str
) -> None:
    sent = calls["profile"].messages[service]
    assert len(sent) >= 2
    assert sent == calls["by hand"].messages[service]


@pytest.mark.parametrize("name", ["profile", "by hand"])
def test_the_opener_plays_to_its_end_while_the_caller_talks_over_it(
    calls: dict[str, Kept], name: str
) -> None:
    opener, answer = calls[name].heard
    assert not opener.cut
    assert opener.played == opener.spoken > 8
    assert answer.spoken > 1


def test_the_same_call_is_cut_where_interruptions_are_allowed(calls: dict[str, Kept]) -> None:
    opener = calls["interruptible"].heard[0]
    assert opener.cut
    assert opener.stopped - opener.started > 4, "it was cut before the caller spoke"
    assert opener.played < calls["profile"].heard[0].spoken - 1


def test_speech_over_the_opener_is_not_answered_later(calls: dict[str, Kept]) -> None:
    asked = json.dumps(calls["profile"].messages["llm"]).lower()
    assert "opening hours" in asked
    assert "question for you" not in asked


def test_speech_that_cuts_the_opener_is_answered(calls: dict[str, Kept]) -> None:
    assert "question" in json.dumps(calls["interruptible"].messages["llm"]).lower()
