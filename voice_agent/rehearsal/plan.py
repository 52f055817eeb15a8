"""The plan of a rehearsal: every call of a profile, with all that a worker needs to run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from ..errors import UsageError
from ..format.profile import Profile
from ..format.scenario import (
    DEFAULT_VOICE,
    VOICES,
    Pause,
    Scenario,
    ScenarioTurn,
    Spoken,
    sound_file,
)
from ..format.yaml_source import parse, read
from ..standin.speech import Voice
from . import conformance
from .audio_io import RATE, speech_in

# Seconds.
_LONGEST_SOUND = 300
_TURN = 300.0  # for the waiting before and after a turn

Said: TypeAlias = tuple[str, str]
"""A voice and a text, or "" and the name of a sound file."""
Setting: TypeAlias = tuple[str, int | None]
"""A key of the profile, and its line; None if the profile leaves it out."""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Everything a worker needs to run one call."""

    name: str
    profile: Profile
    scenario: Scenario | None
    """None for a call derived from the profile."""
    environment: Mapping[str, str]
    """The variables by which the call reaches the stand-in."""
    spoken: Spoken
    """16-bit mono PCM at `audio_io.RATE`."""
    opening_setting: Setting
    """The setting that says whether callers may cut in on the opening."""
    setting: Setting
    """The setting that says whether they may cut in on the rest of the call."""
    recording: Path
    min_words_setting: Setting = ("turn_handling.interruption.min_words", None)
    """The setting that says how many words it takes to cut in."""

    @property
    def longest(self) -> float:
        """How many seconds its scenario may take at most."""
        turns = self.scenario.turns if self.scenario else ()
        parts = [part for turn in turns for part in turn.user]
        pauses = sum(part.pause_ms for part in parts if isinstance(part, Pause))
        audio = sum(map(len, self.spoken.values())) / 2 / RATE
        return _TURN * len(turns) + pauses / 1000 + audio * len(turns)


def names(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the names of all calls: those derived from the profile, then the scenarios."""
    return [*conformance.MOMENTS, *(each.name for each in scenarios)]


async def plan_calls(
    profile: Profile,
    scenarios: Sequence[Scenario],
    folder: Path,
    environment_with: Callable[..., Mapping[str, str]],
    recordings: Iterator[Path],
) -> list[CallPlan]:
    """Plan every call of a profile.

    `folder` has the sound files of the scenarios, and `environment_with` returns the variables for
    a call with these replies. Raise UsageError for a sound file that cannot be played.
    """
    opening_setting, setting, min_words_setting = _settings(profile)
    said = profile.on_enter is not None and profile.on_enter.say is not None
    calls: list[tuple[str, Scenario | None, tuple[str, ...]]] = [
        *((name, None, conformance.replies(profile)) for name in conformance.MOMENTS),
        *((each.name, each, ("",) * said + each.replies) for each in scenarios),
    ]
    sounds = {each: _audio(folder, each[1]) for call in scenarios for each in _files(call.turns)}
    spoken = await _speak([text for _, scenario, _ in calls for text in _texts(scenario)])
    return [
        CallPlan(
            name=name,
            profile=profile,
            scenario=scenario,
            environment=environment_with(*replies),
            spoken={each: spoken[each] for each in _texts(scenario)}
            | {each: sounds[each] for each in _files(scenario.turns if scenario else ())},
            opening_setting=opening_setting,
            setting=setting,
            min_words_setting=min_words_setting,
            recording=next(recordings),
        )
        for name, scenario, replies in calls
    ]


def _texts(scenario: Scenario | None) -> list[Said]:
    if scenario is None:
        return [(DEFAULT_VOICE, text) for text in conformance.SPOKEN]
    return [
        (turn.voice, part) for turn in scenario.turns for part in turn.user if isinstance(part, str)
    ]


def _files(turns: Sequence[ScenarioTurn]) -> list[Said]:
    return [("", turn.audio) for turn in turns if turn.audio is not None]


async def _speak(texts: Sequence[Said]) -> dict[Said, bytes]:
    voice = Voice()
    spoken = {}
    try:
        for name, text in dict.fromkeys(texts):
            pieces = voice.speak(text, RATE, slowness=VOICES[name])
            _, spoken[name, text] = speech_in(b"".join([piece async for piece in pieces]))
    finally:
        voice.close()
    return spoken


def _audio(folder: Path, name: str) -> bytes:
    """Return the audio of a sound file, at RATE."""
    import av

    path = sound_file(folder, name)
    if path is None:
        raise UsageError(f'There is no sound file "{name}" in {folder}, or below it.')
    pcm = bytearray()
    try:
        with av.open(str(path)) as sound:
            if not sound.streams.audio:
                raise UsageError(f'There is no sound in the file "{name}".')
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in chain(sound.decode(audio=0), [None]):
                pcm += b"".join(out.to_ndarray().tobytes() for out in resampler.resample(frame))
                if len(pcm) > 2 * RATE * _LONGEST_SOUND:
                    raise UsageError(f'The sound file "{name}" lasts more than 5 minutes.')
    except (OSError, ValueError, av.error.FFmpegError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f'The sound file "{name}" cannot be played: {why}.') from None
    return bytes(pcm)


def _settings(profile: Profile) -> tuple[Setting, Setting, Setting]:
    """Return what lets callers cut in on the opening and on the rest, and by how many words."""
    rest: list[str | int] = ["allow_interruptions"]
    opening = profile.on_enter
    differs = opening is not None and opening.allow_interruptions is not None
    source = parse(read(profile.path), str(profile.path)) if profile.path else None

    def setting(where: Sequence[str | int]) -> Setting:
        line = None
        if source is not None:
            with suppress(KeyError):
                line = source.line(source.key(where))
        return ".".join(map(str, where)), line

    words = setting(["turn_handling", "interruption", "min_words"])
    return setting(["on_enter", *rest] if differs else rest), setting(rest), words
