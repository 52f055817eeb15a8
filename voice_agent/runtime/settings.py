"""LiveKit's settings of a profile, as its session takes them.

Most go to LiveKit as they are written. What YAML cannot say in LiveKit's own types, such as a pair
of numbers or an object of a class, is converted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from livekit.agents import (
    APIConnectOptions,
    EndpointingOptions,
    InterruptionOptions,
    TurnHandlingOptions,
    inference,
)
from livekit.agents.voice.agent_session import (
    ExpressiveOptions,
    SessionConnectOptions,
    VoiceActivityVideoSampler,
)
from livekit.agents.voice.keyterm_detection import KeytermDetectionOptions, STTContextOptions
from livekit.agents.voice.tool_executor import AsyncToolOptions, ToolHandlingOptions
from livekit.agents.voice.transcription.text_transforms import TextTransforms, replace
from livekit.agents.voice.turn import (
    PreemptiveGenerationOptions,
    TurnDetectionMode,
    UserTurnLimitOptions,
)

from ..format.option_types import (
    ConnOptions,
    Expressive,
    Interruption,
    PlainInterruption,
    PlainSession,
    PlainSttContextOptions,
    Session,
    SttContextOptions,
    TtsTextTransforms,
    TurnDetection,
    TurnHandling,
)
from . import offline, plugins
from .secrets import rendered


class SessionOptions(PlainSession, total=False):
    """The parameters of LiveKit's AgentSession that a profile's `session` sets."""

    tts_text_transforms: Sequence[TextTransforms] | None
    expressive: bool | ExpressiveOptions
    stt_context_options: STTContextOptions
    tool_handling: ToolHandlingOptions
    conn_options: SessionConnectOptions
    video_sampler: VoiceActivityVideoSampler | None


def turn_handling(written: TurnHandling) -> TurnHandlingOptions:
    """Return LiveKit's options for the turns of a call."""
    options = TurnHandlingOptions()
    if "turn_detection" in written and not _is_left_out(written["turn_detection"]):
        options["turn_detection"] = _turn_detection(written["turn_detection"])
    if "endpointing" in written:
        options["endpointing"] = EndpointingOptions(**written["endpointing"])
    if "interruption" in written:
        options["interruption"] = _interruption(written["interruption"])
    if "preemptive_generation" in written:
        early = PreemptiveGenerationOptions(**written["preemptive_generation"])
        options["preemptive_generation"] = early
    if "user_turn_limit" in written:
        options["user_turn_limit"] = UserTurnLimitOptions(**written["user_turn_limit"])
    return options


def session(written: Session) -> SessionOptions:
    """Return what LiveKit's session is made with."""
    options = cast(SessionOptions, _those_of(PlainSession, written))
    if "tts_text_transforms" in written:
        options["tts_text_transforms"] = _transforms(written["tts_text_transforms"])
    if "expressive" in written:
        options["expressive"] = _expressive(written["expressive"])
    if "stt_context_options" in written:
        options["stt_context_options"] = _stt_context(written["stt_context_options"])
    if "tool_handling" in written:
        texts = AsyncToolOptions(**written["tool_handling"].get("async_options", {}))
        options["tool_handling"] = ToolHandlingOptions(async_options=texts)
    if "conn_options" in written:
        options["conn_options"] = _conn_options(written["conn_options"])
    if "video_sampler" in written:
        rates = written["video_sampler"]
        sampler = None if rates is None else VoiceActivityVideoSampler(**rates)
        options["video_sampler"] = sampler
    return options


def _is_left_out(written: TurnDetection | TurnDetectionMode | None) -> bool:
    """Tell whether a plugin detects turns, and is not there offline: LiveKit's own detector is."""
    return isinstance(written, dict) and "plugin" in written and offline.is_offline()


def _turn_detection(
    written: TurnDetection | TurnDetectionMode | None,
) -> TurnDetectionMode | None:
    if not isinstance(written, dict):
        return written
    if "plugin" in written:
        made: TurnDetectionMode = plugins.construct_written(written, "turn_detection")
        return made
    options = offline.kept(written) if offline.is_offline() else rendered(written)
    return inference.TurnDetector(**cast(TurnDetection, options))


def _interruption(written: Interruption) -> InterruptionOptions:
    plain = cast(PlainInterruption, _those_of(PlainInterruption, written))
    options = InterruptionOptions(**plain)
    if "backchannel_boundary" in written:
        boundary = written["backchannel_boundary"]
        if isinstance(boundary, list):
            start, end = boundary
            options["backchannel_boundary"] = start, end
        else:
            options["backchannel_boundary"] = boundary
    return options


def _transforms(
    written: Sequence[TextTransforms | TtsTextTransforms] | None,
) -> list[TextTransforms] | None:
    if written is None:
        return None
    return [
        replace(each["replace"], each.get("case_sensitive", False))
        if isinstance(each, dict)
        else each
        for each in written
    ]


def _expressive(written: bool | Expressive) -> bool | ExpressiveOptions:
    return ExpressiveOptions(**written) if isinstance(written, dict) else written


def _stt_context(written: SttContextOptions) -> STTContextOptions:
    plain = cast(PlainSttContextOptions, _those_of(PlainSttContextOptions, written))
    options = STTContextOptions(**plain)
    if "keyterm_detection" in written:
        options["keyterm_detection"] = KeytermDetectionOptions(**written["keyterm_detection"])
    return options


def _conn_options(written: ConnOptions) -> SessionConnectOptions:
    options = SessionConnectOptions()
    if "stt_conn_options" in written:
        options.stt_conn_options = APIConnectOptions(**written["stt_conn_options"])
    if "llm_conn_options" in written:
        options.llm_conn_options = APIConnectOptions(**written["llm_conn_options"])
    if "tts_conn_options" in written:
        options.tts_conn_options = APIConnectOptions(**written["tts_conn_options"])
    if "max_unrecoverable_errors" in written:
        options.max_unrecoverable_errors = written["max_unrecoverable_errors"]
    return options


def _those_of(kind: type, written: Mapping[str, object]) -> dict[str, object]:
    """Return the options that a typed mapping has."""
    # NoReturn stands at those that LiveKit has and this mapping has not.
    names = {name for name, kind in kind.__annotations__.items() if "NoReturn" not in str(kind)}
    return {name: value for name, value in written.items() if name in names}
