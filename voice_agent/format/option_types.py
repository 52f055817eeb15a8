"""LiveKit's options in a profile, as it has them: only what the operator wrote.

Written from the schema by `python -m voice_agent.lint.refresh`; not edited by hand.
"""

from __future__ import annotations

from typing import Any, Literal, NoReturn, TypedDict


class TurnDetection(TypedDict, total=False):
    """What a profile sets of LiveKit's TurnDetector."""

    version: Literal["v1", "v1-mini"]
    unlikely_threshold: float | dict[str, float]
    backchannel_threshold: float | dict[str, float]
    local_fallback: bool
    base_url: str
    api_key: str
    api_secret: str


class Endpointing(TypedDict, total=False):
    """What a profile sets of LiveKit's EndpointingOptions."""

    min_delay: float
    max_delay: float
    mode: Literal["fixed", "dynamic"]
    alpha: float


class PlainInterruption(TypedDict, total=False):
    """What a profile sets of LiveKit's InterruptionOptions, and LiveKit takes as it is written."""

    enabled: bool
    mode: Literal["adaptive", "vad"]
    discard_audio_if_uninterruptible: bool
    min_duration: float
    min_words: int
    resume_false_interruption: bool
    false_interruption_timeout: float | None
    backchannel_boundary: NoReturn  # not in it


class Interruption(TypedDict, total=False):
    """What a profile sets of LiveKit's InterruptionOptions."""

    enabled: bool
    mode: Literal["adaptive", "vad"]
    discard_audio_if_uninterruptible: bool
    min_duration: float
    min_words: int
    resume_false_interruption: bool
    false_interruption_timeout: float | None
    backchannel_boundary: float | list[float] | None


class PreemptiveGeneration(TypedDict, total=False):
    """What a profile sets of LiveKit's PreemptiveGenerationOptions."""

    enabled: bool
    preemptive_tts: bool
    max_speech_duration: float
    max_retries: int


class UserTurnLimit(TypedDict, total=False):
    """What a profile sets of LiveKit's UserTurnLimitOptions."""

    max_words: int | None
    max_duration: float | None


class TurnHandling(TypedDict, total=False):
    """What a profile sets of LiveKit's TurnHandlingOptions."""

    turn_detection: Literal["stt", "vad", "realtime_llm", "manual"] | TurnDetection | None
    endpointing: Endpointing
    interruption: Interruption
    preemptive_generation: PreemptiveGeneration
    user_turn_limit: UserTurnLimit


class TtsTextTransforms(TypedDict, total=False):
    """One entry of tts_text_transforms."""

    replace: dict[str, str]
    case_sensitive: bool


class NonverbalSounds(TypedDict, total=False):
    """What a profile sets of LiveKit's NonverbalOptions."""

    laughing: bool
    breathing: bool
    sighing: bool
    crying: bool
    vocalizing: bool
    mouth_sounds: bool
    reflex_sounds: bool


class SpeechSteering(TypedDict, total=False):
    """What a profile sets of LiveKit's SpeechSteeringOptions."""

    disfluencies: bool
    nonverbal_sounds: bool | NonverbalSounds
    pace: Literal["slow", "normal", "fast"]


class Expressive(TypedDict, total=False):
    """What a profile sets of LiveKit's ExpressiveOptions."""

    speech_steering: SpeechSteering
    tts_instructions_template: str
    tts_instructions_append: str


class KeytermDetection(TypedDict, total=False):
    """What a profile sets of LiveKit's KeytermDetectionOptions."""

    enabled: bool
    llm: str | None
    turn_interval: int
    max_keyterms: int | None
    instructions: str | None
    timeout: float


class PlainSttContextOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's STTContextOptions, and LiveKit takes as it is written."""

    keyterms: list[str]
    forward_chat_context: bool
    keyterm_detection: NoReturn  # not in it


class SttContextOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's STTContextOptions."""

    keyterms: list[str]
    keyterm_detection: KeytermDetection
    forward_chat_context: bool


class AsyncOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's AsyncToolOptions."""

    update_template: str
    duplicate_reject_template: str
    duplicate_confirm_template: str
    reply_at_tail_template: str
    reply_maybe_covered_template: str


class ToolHandling(TypedDict, total=False):
    """What a profile sets of LiveKit's ToolHandlingOptions."""

    async_options: AsyncOptions


class SttConnOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's APIConnectOptions."""

    max_retry: int
    retry_interval: float
    timeout: float


class LlmConnOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's APIConnectOptions."""

    max_retry: int
    retry_interval: float
    timeout: float


class TtsConnOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's APIConnectOptions."""

    max_retry: int
    retry_interval: float
    timeout: float


class ConnOptions(TypedDict, total=False):
    """What a profile sets of LiveKit's SessionConnectOptions."""

    stt_conn_options: SttConnOptions
    llm_conn_options: LlmConnOptions
    tts_conn_options: TtsConnOptions
    max_unrecoverable_errors: int


class VideoSampler(TypedDict, total=False):
    """What a profile sets of LiveKit's VoiceActivityVideoSampler."""

    speaking_fps: float
    silent_fps: float


class PlainSession(TypedDict, total=False):
    """What a profile sets of LiveKit's AgentSession, and LiveKit takes as it is written."""

    user_away_timeout: float | None
    max_tool_steps: int
    min_consecutive_speech_delay: float
    aec_warmup_duration: float | None
    transcription_timeout: float | None
    session_close_transcript_timeout: float
    ivr_detection: bool
    use_tts_aligned_transcript: bool


class Session(TypedDict, total=False):
    """What a profile sets of LiveKit's AgentSession."""

    user_away_timeout: float | None
    max_tool_steps: int
    min_consecutive_speech_delay: float
    aec_warmup_duration: float | None
    transcription_timeout: float | None
    session_close_transcript_timeout: float
    ivr_detection: bool
    use_tts_aligned_transcript: bool
    tts_text_transforms: list[Literal["filter_markdown", "filter_emoji"] | TtsTextTransforms] | None
    expressive: bool | Expressive
    stt_context_options: SttContextOptions
    tool_handling: ToolHandling
    conn_options: ConnOptions
    video_sampler: VideoSampler | None


class Vad(TypedDict, total=False):
    """What a profile sets of LiveKit's VAD.load."""

    model: Literal["silero"]
    min_speech_duration: float
    min_silence_duration: float
    prefix_padding_duration: float
    max_buffered_speech: float
    activation_threshold: float
    deactivation_threshold: float
    sample_rate: Literal[8000, 16000]
    force_cpu: bool


class AudioInput(TypedDict, total=False):
    """What a profile sets of LiveKit's AudioInputOptions."""

    sample_rate: int
    num_channels: int
    frame_size_ms: int
    auto_gain_control: bool
    noise_cancellation: dict[str, Any] | None
    pre_connect_audio: bool
    pre_connect_audio_timeout: float


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
    next_in_chain: NoReturn  # not in it


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
