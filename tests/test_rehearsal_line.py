"""A rehearsed call plays what a caller hears, when a caller hears it."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc

from voice_agent.errors import UsageError
from voice_agent.rehearsal import plan
from voice_agent.rehearsal.audio_io import RATE, Microphone, Speaker, speech_in

SECOND = rtc.AudioFrame(np.full(RATE, 5000, np.int16).tobytes(), RATE, 1, RATE)


def samples(speaker: Speaker) -> int:
    """Return how many samples of the agent's the caller has heard, or will hear."""
    return sum(len(pcm) for _, pcm in speaker.track.pieces) // 2


@pytest.mark.calls
async def test_audio_that_comes_while_the_line_is_paused_is_not_played_until_it_goes_on() -> None:
    speaker = Speaker()
    speaker.pause()
    await speaker.capture_frame(SECOND)
    speaker.flush()
    assert not speaker.playing
    assert samples(speaker) == 0
    speaker.resume()
    assert speaker.playing
    assert samples(speaker) == RATE
    await speaker.wait_for_playout()
    [heard] = speaker.heard
    assert not heard.cut


async def test_what_is_dropped_before_its_first_word_was_never_heard() -> None:
    speaker = Speaker()
    speaker.pause()
    await speaker.capture_frame(SECOND)
    speaker.flush()
    speaker.clear_buffer()
    ended = await speaker.wait_for_playout()
    assert (ended.playback_position, ended.interrupted) == (0.0, True)
    assert speaker.heard == []
    assert samples(speaker) == 0


@pytest.mark.calls
async def test_what_follows_a_pause_begins_where_the_pause_began() -> None:
    speaker = Speaker()
    await speaker.capture_frame(SECOND)
    speaker.flush()
    speaker.pause()
    assert speaker.undecided
    await asyncio.sleep(0.1)
    speaker.resume()
    await speaker.wait_for_playout()
    [heard] = speaker.heard
    assert not heard.cut
    assert samples(speaker) == RATE
    assert heard.stopped - heard.started > 1.1


async def test_a_caller_says_nothing_more_once_the_call_is_over() -> None:
    microphone = Microphone()
    speaking = asyncio.create_task(microphone.speak(bytes(2 * RATE)))
    await anext(microphone)
    microphone.close()
    await asyncio.wait_for(speaking, 10)
    await asyncio.wait_for(microphone.speak(bytes(2 * RATE)), 10)


def test_speech_is_what_lies_between_the_silences() -> None:
    silence, voice = bytes(200), np.full(50, 5000, np.int16).tobytes()
    assert speech_in(silence + voice + silence) == (silence, voice)
    assert speech_in(silence) == (silence, b"")


def test_a_sound_file_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LONGEST_SOUND", 1)
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(bytes(4 * RATE))
    with pytest.raises(UsageError, match=r'^The sound file "long\.wav" lasts more than'):
        plan._audio(tmp_path, "long.wav")
