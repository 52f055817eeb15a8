"""How an agent meets a room: what the profile says of it, in LiveKit's own options."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, JobContext, inference
from livekit.agents.ipc.mock_room import create_mock_room
from livekit.agents.utils import http_context
from livekit.agents.voice.room_io import (
    AudioInputOptions,
    AudioOutputOptions,
    RoomOptions,
    TextInputOptions,
    TextOutputOptions,
)
from support import ROOT
from support.profiles import MINIMAL, make_profile, write_profile

from voice_agent import Opening, Profile, build, load
from voice_agent.format import sdk_source
from voice_agent.format.schema import nested_keys, part_at
from voice_agent.rehearsal.audio_io import Speaker
from voice_agent.runtime import avatar, server
from voice_agent.runtime.omissions import omissions
from voice_agent.runtime.session import ProfileSession, answer_typed_text
from voice_agent.standin.testing.process import InstrumentedStandin

WHOLE = load(ROOT / "tests/valid/room.yaml")
WITH_AVATAR = ROOT / "tests/valid/avatar.yaml"
TEXT_ONLY = load(ROOT / "tests/valid/text-only.yaml")
ANSWERING = TextInputOptions(text_input_cb=answer_typed_text)


def has(data: Any, path: tuple[str, ...]) -> bool:
    """Tell whether data has a key at a path."""
    for key in path:
        if not (isinstance(data, dict) and key in data):
            return False
        data = data[key]
    return True


def test_every_setting_of_a_room_reaches_livekit() -> None:
    options = build.build_room_options(WHOLE)
    assert options == RoomOptions(
        text_input=False,
        audio_input=AudioInputOptions(
            sample_rate=16000,
            num_channels=2,
            frame_size_ms=20,
            auto_gain_control=True,
            pre_connect_audio=False,
            pre_connect_audio_timeout=5,
        ),
        video_input=True,
        audio_output=AudioOutputOptions(
            sample_rate=48000,
            num_channels=2,
            track_name="receptionist",
            track_publish_options=rtc.TrackPublishOptions(
                dtx=False,
                red=True,
                audio_encoding={"max_bitrate": 64000},  # type: ignore[arg-type]
                source=rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO,
                stream="agent",
            ),
        ),
        text_output=TextOutputOptions(
            sync_transcription=False, transcription_speed_factor=1.2, json_format=True
        ),
        participant_kinds=[
            rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
            rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
            rtc.ParticipantKind.PARTICIPANT_KIND_INGRESS,
            rtc.ParticipantKind.PARTICIPANT_KIND_EGRESS,
            rtc.ParticipantKind.PARTICIPANT_KIND_AGENT,
            rtc.ParticipantKind.PARTICIPANT_KIND_CONNECTOR,
            rtc.ParticipantKind.PARTICIPANT_KIND_BRIDGE,
        ],
        participant_identity="caller",
        close_on_disconnect=False,
        delete_room_on_close=True,
    )


def test_the_profiles_that_set_everything_of_a_room_do() -> None:
    rooms = [WHOLE.room, load(WITH_AVATAR).room]
    keys = [*nested_keys(part_at(["room"]))]
    assert [path for path in keys if not any(has(room, path) for room in rooms)] == []


def test_a_profile_that_says_nothing_of_a_room_leaves_all_to_livekit_but_typed_text() -> None:
    assert build.build_room_options(make_profile()) == RoomOptions(text_input=ANSWERING)


@pytest.mark.parametrize("key", ["text_input", "audio_input", "audio_output", "text_output"])
def test_true_is_what_livekit_does_by_itself(key: str) -> None:
    profile = make_profile(room={key: True})
    options, given = build.build_room_options(profile), RoomOptions(text_input=ANSWERING)
    get = f"get_{key}_options"
    assert getattr(options, get)() == getattr(given, get)()


@pytest.mark.parametrize("key", ["text_input", "audio_input", "audio_output", "text_output"])
def test_false_takes_each_away(key: str) -> None:
    profile = make_profile(room={key: False})
    assert getattr(build.build_room_options(profile), f"get_{key}_options")() is None


def test_a_track_that_is_sent_in_a_given_way_is_still_the_agent_s_microphone() -> None:
    profile = make_profile(room={"audio_output": {"track_publish_options": {"red": False}}})
    [options] = [build.build_room_options(profile).get_audio_output_options()]
    assert options
    assert options.track_publish_options.source == rtc.TrackSource.SOURCE_MICROPHONE


def test_every_kind_of_participant_has_a_name() -> None:
    kinds = rtc.ParticipantKind.DESCRIPTOR.values_by_name
    names = {name.removeprefix("PARTICIPANT_KIND_") for name in kinds}
    listed = part_at(["room", "participant_kinds"])["items"]["enum"]
    assert sorted(listed) == sorted(map(str.lower, names))


class Started:
    """What LiveKit's session was started with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sessions: list[ProfileSession] = []
        self.options: dict[str, Any] = {}
        start = ProfileSession.start

        async def note(session: ProfileSession, *words: Any, **options: Any) -> Any:
            self.sessions.append(session)
            self.options = options
            return await start(session, *words, **options)

        monkeypatch.setattr(ProfileSession, "start", note)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Note what LiveKit's session is started with."""
    return Started(monkeypatch)


def job(*, in_room: bool = True) -> JobContext:
    """Return the context of a job whose room is LiveKit's own mock."""
    context: Any = create_autospec(JobContext, instance=True)
    context.room = create_mock_room()
    context.proc.userdata = {"vad": None}
    context.is_fake_job.return_value = not in_room
    context.connect = AsyncMock()
    made: JobContext = context
    return made


async def hang_up(session: ProfileSession) -> None:
    """End a call, and what its models have begun."""
    models = [model for model in (session.stt, session.llm, session.tts) if model]
    await session.aclose()
    for model in models:
        await model.aclose()


async def take_call(
    path: Path, started: Started, monkeypatch: pytest.MonkeyPatch, *, in_room: bool = True
) -> ProfileSession:
    """Take a call with the profile in a file as a worker does, and return its session."""
    monkeypatch.setenv("AGENT_PROFILE", str(path))
    await server.entrypoint(job(in_room=in_room))
    [session] = started.sessions
    return session


@pytest.mark.parametrize("written", ["false", "{audio: false, input_delta: true}"])
async def test_livekit_records_what_the_profile_says(
    written: str, tmp_path: Path, offline: None, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_profile(tmp_path / "desk.yaml", f"{MINIMAL}recording: {written}\n")
    async with http_context.open():
        session = await take_call(path, started, monkeypatch)
        assert started.options["record"] == load(path).recording
        recorded = session.options.recording_options
        assert recorded["audio"] is False
        assert recorded["transcript"] is (written != "false")
        await hang_up(session)


@pytest.mark.parametrize(("line", "in_room"), [("", True), ("recording: true\n", False)])
async def test_recording_is_left_to_livekit_where_nothing_is_said_or_there_is_no_room(
    line: str,
    in_room: bool,
    tmp_path: Path,
    offline: None,
    started: Started,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_profile(tmp_path / "desk.yaml", MINIMAL + line)
    async with http_context.open():
        await hang_up(await take_call(path, started, monkeypatch, in_room=in_room))
    assert "record" not in started.options


async def test_who_talks_to_the_audio_console_is_told_what_tools_would_have_done(
    tmp_path: Path,
    offline: None,
    started: Started,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tools = "tools: {send_dtmf_events: }\n"
    path = write_profile(tmp_path / "desk.yaml", MINIMAL + tools)
    async with http_context.open():
        session = await take_call(path, started, monkeypatch, in_room=False)
        await session.run(user_input="Press 1 2 #")
        await hang_up(session)
    assert "[would press 1 2 #]\n" in capsys.readouterr().err


async def test_an_agent_of_text_alone_is_written_to_and_answers_without_ears_or_a_voice(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record.jsonl"
    with InstrumentedStandin(record=record) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        async with http_context.open():
            assert TEXT_ONLY.path
            session = await take_call(TEXT_ONLY.path, started, monkeypatch)
            assert (session.stt, session.tts, session.vad) == (None, None, None)
            assert (session.input.audio, session.output.audio) == (None, None)
            speech = await session.answer("My name is Ada")
            await asyncio.wait_for(speech.wait_for_playout(), 20)
            said = [each.text_content for each in session.history.messages()]
            await hang_up(session)
    assert said == ["My name is Ada", "Nice to meet you, Ada. I am only the offline stand-in."]
    asked = [json.loads(line)["service"] for line in record.read_text().splitlines()]
    assert "llm" in asked
    assert not {"stt", "tts"} & {*asked}


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("name", "hears", "speaks"),
    [("hears-and-writes", True, False), ("reads-and-speaks", False, True)],
)
async def test_an_agent_may_only_hear_or_only_speak(name: str, hears: bool, speaks: bool) -> None:
    profile = load(ROOT / f"tests/valid/{name}.yaml")
    async with http_context.open():
        session = build.build_session(profile)
        assert (bool(session.stt), bool(session.vad), bool(session.tts)) == (hears, hears, speaks)
        await hang_up(session)


async def test_an_agent_that_only_writes_says_its_opening_without_a_voice(offline: None) -> None:
    silent = load(ROOT / "tests/valid/hears-and-writes.yaml")
    profile = replace(silent, on_enter=Opening(say="Good morning."))
    async with http_context.open():
        session = build.build_session(profile)
        # The console gives every session one, and so does a rehearsal.
        session.output.audio = Speaker()
        await session.start(build.build_agent(profile))
        await session.finish_speaking()
        assert [each.text_content for each in session.history.messages()] == ["Good morning."]
        assert session.tts is None
        await hang_up(session)


@pytest.fixture
def toons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the plugin that only tests have be imported."""
    monkeypatch.setenv("TOONS", "imported")


@pytest.mark.usefixtures("toons")
def test_noise_is_cancelled_by_the_plugin_that_the_profile_names() -> None:
    options = build.build_room_options(load(WITH_AVATAR)).get_audio_input_options()
    assert options
    cancellation: Any = options.noise_cancellation
    assert isinstance(cancellation, rtc.FrameProcessor)
    assert cancellation.level == 0.5  # type: ignore[attr-defined]
    plain = build.build_room_options(make_profile(room={"audio_input": {}}))
    assert plain.get_audio_input_options() == AudioInputOptions(noise_cancellation=None)


@pytest.mark.usefixtures("toons")
def test_offline_noise_is_not_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    options = build.build_room_options(load(WITH_AVATAR)).get_audio_input_options()
    assert options == AudioInputOptions()


@pytest.mark.usefixtures("toons")
@pytest.mark.parametrize("in_room", [True, False])
async def test_an_avatar_comes_into_the_room_before_the_call_starts(
    in_room: bool, offline: None, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    build_avatar = avatar.build_avatar

    def build_it(profile: Profile) -> Any:
        made.append(build_avatar(profile))
        return made[0]

    monkeypatch.setattr(avatar, "build_avatar", build_it)
    async with http_context.open():
        await hang_up(await take_call(WITH_AVATAR, started, monkeypatch, in_room=in_room))
    if in_room:
        [face] = made
        assert face.replica_id == "r1"
        assert face.told == ["started before the call", "waited for"]
    else:
        assert made == []


async def test_every_setting_of_an_avatar_on_inference_reaches_livekit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")
    given: dict[str, Any] = {}
    init = inference.AvatarSession.__init__

    def note(session: inference.AvatarSession, **options: Any) -> None:
        given.update(options)
        init(session, **options)

    monkeypatch.setattr(inference.AvatarSession, "__init__", note)
    profile = load(ROOT / "tests/valid/avatar-on-inference.yaml")
    face = avatar.build_avatar(profile)
    assert (face.provider, face.avatar_identity) == ("lemonslice", "face")
    assert profile.avatar
    conn = APIConnectOptions(max_retry=1, timeout=5)
    assert given == {"model": "lemonslice", **profile.avatar.options, "conn_options": conn}
    credentials = {"api_key", "api_secret"}
    wanted = {*sdk_source.options("inference/avatar:AvatarSession").names} - {"http_session"}
    assert {*given} | credentials == wanted


async def test_there_is_no_avatar_offline_nor_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert avatar.build_avatar(make_profile()) is None
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    assert avatar.build_avatar(load(ROOT / "tests/valid/avatar-on-inference.yaml")) is None


def test_what_needs_a_room_is_named_where_there_is_none() -> None:
    profile = load(WITH_AVATAR)
    assert omissions(profile, in_room=False) == [
        "This call is in no room, so what needs one is left out: avatar, "
        "room.audio_input.noise_cancellation."
    ]
    assert omissions(profile, in_room=True) == omissions(make_profile(), in_room=False) == []


def test_an_avatar_speaks_for_an_agent_whose_room_hears_none() -> None:
    assert load(WITH_AVATAR).speaks


@pytest.mark.usefixtures("toons")
def test_secrets_in_the_options_of_a_face_and_of_noise_cancellation_are_put_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FACE", "r2")
    monkeypatch.setenv("QUIET", "k2")
    secret = {"plugin": "toons.Quiet", "key": "{{ secrets.QUIET }}"}
    profile = make_profile(
        avatar={"plugin": "toons", "replica_id": "{{ secrets.FACE }}"},
        room={"audio_input": {"noise_cancellation": secret}},
    )
    assert avatar.build_avatar(profile).replica_id == "r2"
    options = build.build_room_options(profile).get_audio_input_options()
    assert options
    cancellation: Any = options.noise_cancellation
    assert cancellation.key == "k2"
