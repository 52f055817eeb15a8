"""How a session meets the room of a call, as a profile says it under `room`."""

from __future__ import annotations

from typing import Any

from livekit import rtc
from livekit.agents.voice.room_io import (
    AudioInputOptions,
    AudioOutputOptions,
    RoomOptions,
    TextInputOptions,
    TextOutputOptions,
)

from ..format.option_types import AudioInput, AudioOutput, TrackPublishOptions
from ..format.profile import Profile
from . import offline, plugins
from .session import answer_typed_text


def build_room_options(profile: Profile) -> RoomOptions:
    """Return how the session of `profile` meets a room: chat messages wait their turn."""
    room = profile.room
    options = RoomOptions(text_input=TextInputOptions(text_input_cb=answer_typed_text))
    if room.get("text_input") is False:
        options.text_input = False
    if "audio_input" in room:
        options.audio_input = _audio_input(room["audio_input"])
    if "video_input" in room:
        options.video_input = room["video_input"]
    if "audio_output" in room:
        options.audio_output = _audio_output(room["audio_output"])
    if "text_output" in room:
        text = room["text_output"]
        options.text_output = text if isinstance(text, bool) else TextOutputOptions(**text)
    if "participant_kinds" in room:
        options.participant_kinds = [
            rtc.ParticipantKind.Value(f"PARTICIPANT_KIND_{kind.upper()}")
            for kind in room["participant_kinds"]
        ]
    if "participant_identity" in room:
        options.participant_identity = room["participant_identity"]
    if "close_on_disconnect" in room:
        options.close_on_disconnect = room["close_on_disconnect"]
    if "delete_room_on_close" in room:
        options.delete_room_on_close = room["delete_room_on_close"]
    return options


def _audio_input(written: bool | AudioInput) -> bool | AudioInputOptions:
    if isinstance(written, bool):
        return written
    options = AudioInputOptions(**_without(written, "noise_cancellation"))
    plugin = written.get("noise_cancellation")
    if plugin is not None and not offline.is_offline():
        options.noise_cancellation = plugins.construct_written(plugin, "noise_cancellation")
    return options


def _audio_output(written: bool | AudioOutput) -> bool | AudioOutputOptions:
    if isinstance(written, bool):
        return written
    track = written.get("track_publish_options")
    options = AudioOutputOptions(**_without(written, "track_publish_options"))
    if track is not None:
        options.track_publish_options = _track(track)
    return options


def _track(written: TrackPublishOptions) -> rtc.TrackPublishOptions:
    source = written.get("source", "microphone").upper()  # LiveKit's own default for agents
    return rtc.TrackPublishOptions(
        **_without(written, "source"), source=rtc.TrackSource.Value(f"SOURCE_{source}")
    )


def _without(options: Any, key: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != key}
