"""The sounds behind an agent: which are played, when, and until when."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import AsyncMock

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip
from livekit.agents.ipc.mock_room import create_mock_room
from support import ROOT
from support.profiles import MINIMAL, make_profile, write_profile
from support.scripted_llm import ScriptedLLM, agent, session

from voice_agent import InvalidProfile, Profile, load
from voice_agent.format.profile import BackgroundAudio, Sound
from voice_agent.format.schema import offered, part_at, resolved, schema
from voice_agent.format.sounds import clips
from voice_agent.runtime import background

WHOLE = load(ROOT / "tests/valid/room.yaml")


def test_every_clip_of_livekit_s_has_a_name_and_editors_complete_it() -> None:
    names = [each.name.lower() for each in BuiltinAudioClip]
    assert [*clips()] == names
    sound = schema()["$defs"]["sound"]
    for part in (schema()["$defs"]["sounds"], sound["properties"]["source"]):
        assert set(names) <= {*offered(part)}


def test_everything_that_livekit_s_player_takes_can_be_said() -> None:
    taken = {*inspect.signature(BackgroundAudioPlayer.__init__).parameters} - {"self"}
    assert taken == {*part_at(["background_audio"])["properties"]}
    assert {*AudioConfig._fields} == {*resolved({"$ref": "#/$defs/sound"})["properties"]}


class Player(BackgroundAudioPlayer):
    """LiveKit's player, which keeps what it was made with."""

    def __init__(self, **options: object) -> None:
        self.options = options


def test_every_setting_of_the_sounds_reaches_livekit_s_player(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "BackgroundAudioPlayer", Player)
    player = background.build_player(WHOLE)
    assert isinstance(player, Player)
    assert player.options == {
        "ambient_sound": [AudioConfig(BuiltinAudioClip.OFFICE_AMBIENCE, 0.3, 1.0, 0.5, 1)],
        "thinking_sound": [
            AudioConfig(BuiltinAudioClip.KEYBOARD_TYPING, 0.8, 0.6),
            AudioConfig(BuiltinAudioClip.KEYBOARD_TYPING2),
            AudioConfig(str(ROOT / "tests/valid/sounds/cough.wav")),
        ],
        "stream_timeout_ms": 300,
    }


def test_what_is_left_out_is_left_to_livekit_s_player(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "BackgroundAudioPlayer", Player)
    player = background.build_player(
        make_profile(background_audio={"thinking_sound": "hold_music"})
    )
    assert isinstance(player, Player)
    assert player.options == {
        "ambient_sound": None,
        "thinking_sound": [AudioConfig(BuiltinAudioClip.HOLD_MUSIC)],
    }
    assert background.build_player(make_profile()) is None


def test_a_file_outside_the_profile_s_folder_is_no_sound(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(b"RIFF")
    folder = tmp_path / "profiles"
    path = write_profile(folder / "a.yaml", f"{MINIMAL}background_audio: {{ambient_sound: in.wav}}")
    (folder / "in.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(InvalidProfile, match="no such sound file"):
        load(path)
    (folder / "in.wav").unlink()
    (folder / "in.wav").write_bytes(b"RIFF")
    assert load(path).background_audio == BackgroundAudio(ambient_sound=(Sound("in.wav"),))


@pytest.fixture
def loudness(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How loud each piece is that goes to the room, from 0 to 1."""
    heard: list[float] = []

    async def capture(_: rtc.AudioSource, frame: rtc.AudioFrame) -> None:
        samples = np.frombuffer(frame.data, dtype=np.int16)
        heard.append(float(np.abs(samples).max(initial=0)) / 32768)
        await asyncio.sleep(0.001)

    monkeypatch.setattr(rtc.AudioSource, "capture_frame", capture)
    return heard


async def until_heard(heard: list[float], least: float = 0.01) -> None:
    """Wait until something as loud as `least` is heard."""
    async with asyncio.timeout(20):
        while not any(each >= least for each in heard):
            await asyncio.sleep(0.01)


def playing(**audio: object) -> Profile:
    """Return a profile with these sounds."""
    return make_profile(background_audio=audio)


async def test_a_room_hears_the_ambience_until_the_call_ends(loudness: list[float]) -> None:
    room = create_mock_room()
    room.local_participant.publish_track = AsyncMock()
    player = background.build_player(playing(ambient_sound="crowded_room"))
    assert player
    call = session(ScriptedLLM())
    await call.start(agent(allow_interruptions=True))
    await background.play(player, room, call)
    [(track, *_), *_] = [each.args for each in room.local_participant.publish_track.await_args_list]
    assert track.name == "background_audio"
    await until_heard(loudness)
    await call.aclose()
    async with asyncio.timeout(20):
        while loudness:
            loudness.clear()
            await asyncio.sleep(0.3)  # in which three more pieces would come


# LiveKit stops the sound by cancelling what opens its file, which may have been opened by then.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO")
async def test_a_room_hears_the_thinking_sound_while_the_agent_thinks(
    loudness: list[float],
) -> None:
    room = create_mock_room()
    room.local_participant.publish_track = AsyncMock()
    player = background.build_player(playing(thinking_sound="keyboard_typing"))
    assert player
    model = ScriptedLLM("Let me see.")
    model.may_speak.clear()
    call = session(model)
    await call.start(agent(allow_interruptions=True))
    await background.play(player, room, call)
    await asyncio.sleep(0.3)
    assert max(loudness, default=0) == 0
    speech = call.generate_reply(user_input="What is it?")
    await until_heard(loudness)
    model.may_speak.set()
    await speech.wait_for_playout()
    await call.aclose()
