"""LiveKit's options in a profile, as it has them: only what the operator wrote.

Written from the schema by `python -m voice_agent.lint.refresh`; not edited by hand.
"""

from __future__ import annotations

from typing import Literal, NoReturn, TypedDict


class Endpointing(TypedDict, total=False):
    """What a profile sets of LiveKit's EndpointingOptions."""

    min_delay: float
    max_delay: float
    mode: NoReturn  # not in a profile
    alpha: NoReturn  # not in a profile


class Interruption(TypedDict, total=False):
    """What a profile sets of LiveKit's InterruptionOptions."""

    min_words: int
    enabled: NoReturn  # not in a profile
    mode: NoReturn  # not in a profile
    discard_audio_if_uninterruptible: NoReturn  # not in a profile
    min_duration: NoReturn  # not in a profile
    resume_false_interruption: NoReturn  # not in a profile
    false_interruption_timeout: NoReturn  # not in a profile
    backchannel_boundary: NoReturn  # not in a profile


class TurnHandling(TypedDict, total=False):
    """What a profile sets of LiveKit's TurnHandlingOptions."""

    endpointing: Endpointing
    interruption: Interruption
    turn_detection: NoReturn  # not in a profile
    preemptive_generation: NoReturn  # not in a profile
    user_turn_limit: NoReturn  # not in a profile


class Session(TypedDict, total=False):
    """What a profile sets of LiveKit's AgentSession."""

    user_away_timeout: float | None
    max_tool_steps: int


class AudioInput(TypedDict, total=False):
    """What a profile sets of LiveKit's AudioInputOptions."""

    sample_rate: int
    num_channels: int
    frame_size_ms: int
    auto_gain_control: bool
    pre_connect_audio: bool
    pre_connect_audio_timeout: float
    noise_cancellation: NoReturn  # not in a profile


class AudioEncoding(TypedDict, total=False):
    """What a profile sets of LiveKit's AudioEncoding."""

    max_bitrate: int


class TrackPublishOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's TrackPublishOptions."""

    dtx: bool
    red: bool
    audio_encoding: AudioEncoding
    source: Literal["microphone", "screenshare_audio", "unknown"]
    stream: str


class AudioOutput(TypedDict, total=False):
    """What a profile sets of LiveKit's AudioOutputOptions."""

    sample_rate: int
    num_channels: int
    track_name: str
    track_publish_options: TrackPublishOptions


class TextOutput(TypedDict, total=False):
    """What a profile sets of LiveKit's TextOutputOptions."""

    sync_transcription: bool
    transcription_speed_factor: float
    json_format: bool
    next_in_chain: NoReturn  # not in a profile


class Room(TypedDict, total=False):
    """What a profile sets of LiveKit's RoomOptions."""

    text_input: bool
    audio_input: bool | AudioInput
    video_input: bool
    audio_output: bool | AudioOutput
    text_output: bool | TextOutput
    participant_kinds: list[
        Literal["standard", "ingress", "egress", "sip", "agent", "connector", "bridge"]
    ]
    participant_identity: str
    close_on_disconnect: bool
    delete_room_on_close: bool


class Recording(TypedDict, total=False):
    """What a profile sets of LiveKit's RecordingOptions."""

    audio: bool
    traces: bool
    logs: bool
    transcript: bool
    redaction: bool
    input_delta: bool
