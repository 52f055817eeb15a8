"""Settings of LiveKit's that contradict each other, or that others leave without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..format import models
from ..format.schema import livekit_default
from ..format.short_forms import written_at

_TURNS = "turn_handling"
_INTERRUPTION = "turn_handling.interruption"
_EARLY = "turn_handling.preemptive_generation"
_KEYTERMS = "session.stt_context_options.keyterm_detection"


class Trouble(NamedTuple):
    """A setting that is not as it seems, why, what to do, and the setting that makes it so."""

    where: list[str]
    kind: str
    message: str
    hint: str
    because: list[str]


class _Idle(NamedTuple):
    """Settings without effect where another one, `because`, has some value."""

    settings: tuple[str, ...]
    because: str
    is_so: Callable[[Any], bool]
    message: str
    """Why they have no effect; {} stands for the place of `because`."""


def _below(mapping: str, *keys: str) -> tuple[str, ...]:
    return tuple(f"{mapping}.{key}" for key in keys)


def _is_null(value: Any) -> bool:
    return value is None


def _is_false(value: Any) -> bool:
    return value is False


_IDLE = (
    _Idle(
        _below(
            _INTERRUPTION,
            *("mode", "min_duration", "min_words", "resume_false_interruption"),
            *("false_interruption_timeout", "backchannel_boundary"),
        ),
        "allow_interruptions",
        _is_false,
        "nobody can interrupt the agent, as {} says, so this has no effect",
    ),
    _Idle(
        _below(_EARLY, "preemptive_tts", "max_speech_duration", "max_retries"),
        "preemptive_generation",
        _is_false,
        "no answer is started early, as {} says, so this has no effect",
    ),
    _Idle(
        _below(_INTERRUPTION, "resume_false_interruption"),
        f"{_INTERRUPTION}.false_interruption_timeout",
        _is_null,
        "no interruption ever counts as false, as {} says, so the agent never goes on",
    ),
    _Idle(
        _below(_INTERRUPTION, "backchannel_boundary"),
        f"{_INTERRUPTION}.mode",
        lambda value: value == "vad",
        "any speech interrupts the agent, as {} says, so this has no effect",
    ),
    _Idle(
        _below(_KEYTERMS, "llm", "turn_interval", "max_keyterms", "instructions", "timeout"),
        f"{_KEYTERMS}.enabled",
        lambda value: value is not True,
        "nothing is picked out of the talk unless {} is true, so this has no effect",
    ),
    _Idle(
        _below(f"{_TURNS}.endpointing", "alpha"),
        f"{_TURNS}.endpointing.mode",
        lambda value: value != "dynamic",
        "the delays stay as they are unless {} is dynamic, so this has no effect",
    ),
)
# What a realtime model decides by itself, unless LiveKit's turn detection takes its place.
_OVERRIDDEN = (
    *_below(f"{_TURNS}.endpointing", "mode", "min_delay", "max_delay", "alpha"),
    *_below(
        _INTERRUPTION,
        *("discard_audio_if_uninterruptible", "min_duration", "min_words"),
        *("resume_false_interruption", "false_interruption_timeout", "backchannel_boundary"),
    ),
    *_below(_EARLY, "preemptive_tts", "max_speech_duration", "max_retries"),
)


def troubles(data: Any, *, realtime: bool) -> Iterator[Trouble]:
    """Yield the settings of a profile's data, which may be invalid, that are not as they seem."""
    for idle in _IDLE:
        because = _written(data, idle.because)
        if idle.is_so(_get(data, because, _default(because))):
            for setting in idle.settings:
                where = setting.split(".")
                if _has(data, where) and not _opening_differs(data, idle.because):
                    message = idle.message.format(f'"{".".join(because)}"')
                    yield Trouble(where, "no-effect", message, "leave it out", because)
    yield from _delays(data, realtime)
    yield from _detection(data, realtime)


def _delays(data: Any, realtime: bool) -> Iterator[Trouble]:
    above = ["turn_handling", "endpointing"]
    detection = _get(data, ["turn_handling", "turn_detection"], {})
    detector = isinstance(detection, dict) and not realtime
    low, high = (
        _get(data, [*above, key], *livekit_default([*above, key], detector=detector))
        for key in ("min_delay", "max_delay")
    )
    if not (_is_number(low) and _is_number(high) and high < low):
        return
    key = next(each for each in ("max_delay", "min_delay") if _has(data, [*above, each]))
    other = "min_delay" if key == "max_delay" else "max_delay"
    word, value = ("less", low) if key == "max_delay" else ("more", high)
    message = f"this is {word} than {other}, {value:g}"
    message += "" if _has(data, [*above, other]) else ", LiveKit's default"
    message += ", so the agent waits less where the caller seems to be in mid-sentence"
    yield Trouble(
        [*above, key], "contradiction", message, f"change it, or {other}", [*above, other]
    )


def _detection(data: Any, realtime: bool) -> Iterator[Trouble]:
    where = ["turn_handling", "turn_detection"]
    detection = _get(data, where, {})
    if detection == "realtime_llm" and not realtime:
        message = "the llm is no realtime model, so LiveKit finds the end of a turn in another way"
        yield Trouble(where, "no-effect", message, "leave it out", ["llm"])
    if detection == "manual":
        message = "nothing in a profile ends a caller's turn, so the agent answers typed text alone"
        hint = "leave it out, unless your app ends the turns"
        yield Trouble(where, "contradiction", message, hint, where)
    without_vad = _has(data, ["vad"]) and _get(data, ["vad"]) is None
    if without_vad and (detection == "vad" or (isinstance(detection, dict) and _has(data, where))):
        message = (
            "this needs a VAD, and there is none, so LiveKit finds the end of a turn otherwise"
        )
        yield Trouble(where, "no-effect", message, 'leave out "vad: null"', ["vad"])
    if not realtime:
        return
    if detection == "stt":
        message = "a realtime llm hears by itself, so LiveKit does not take the stt for it"
        yield Trouble(where, "realtime", message, "leave it out", ["llm"])
    if detection in ("vad", "manual") or (isinstance(detection, dict) and _has(data, where)):
        return  # LiveKit has the model leave it to these.
    if _has(data, [*_INTERRUPTION.split("."), "mode"]) or "turn_detection" in _options(data):
        return
    for setting in _OVERRIDDEN:
        if _has(data, setting.split(".")):
            message = "a realtime llm decides it by itself, so this has no effect"
            hint = 'leave it out, or have LiveKit find the end of a turn with "turn_detection: vad"'
            yield Trouble(setting.split("."), "realtime", message, hint, ["llm"])


def _options(data: Any) -> dict[str, Any]:
    options = models.first(data, "llm")
    return options if isinstance(options, dict) else {}


def _opening_differs(data: Any, because: str) -> bool:
    opening = _get(data, ["on_enter", "allow_interruptions"])
    return because == "allow_interruptions" and opening is True


def _written(data: Any, setting: str) -> list[str]:
    return setting.split(".") if "." in setting else written_at(data, setting)


def _default(where: list[str]) -> Any:
    return next(iter(livekit_default(where)), ...)


def _has(data: Any, where: list[str]) -> bool:
    return _get(data, where, _has) is not _has


def _get(data: Any, where: list[str], default: Any = None) -> Any:
    for key in where:
        if not (isinstance(data, dict) and key in data):
            return default
        data = data[key]
    return data


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
