"""The calls that a profile is to be held to, each with all that its caller needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from ..errors import UsageError
from ..format.profile import Profile
from ..format.scenario import DEFAULT_VOICE, VOICES, Scenario, ScenarioTurn, sound_file
from ..format.yaml_source import parse, read
from ..standin.speech import Voice
from . import conformance
from .audio_io import RATE, speech_in
from .worker import Key, Order

_LONGEST_SOUND = 300  # seconds
Said = tuple[str, str]
"""A voice and a text, or "" and the name of a sound file."""


def names(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the names of all calls: those derived from the profile, then the scenarios."""
    return [*conformance.MOMENTS, *(each.name for each in scenarios)]


async def make(
    profile: Profile,
    scenarios: Sequence[Scenario],
    folder: Path,
    environment_with: Callable[..., Mapping[str, str]],
    recordings: Iterator[Path],
) -> list[Order]:
    """Return an order for every call.

    `folder` has the sound files of the scenarios, `environment_with` says how a call with these
    replies reaches the stand-in. Raises UsageError for a sound file that cannot be played.
    """
    keys = _keys(profile)
    said = profile.on_enter is not None and profile.on_enter.say is not None
    calls: list[tuple[str, Scenario | None, tuple[str, ...]]] = [
        *((name, None, conformance.replies(profile)) for name in conformance.MOMENTS),
        *((each.name, each, ("",) * said + each.replies) for each in scenarios),
    ]
    sounds = {each: _audio(folder, each[1]) for call in scenarios for each in _files(call.turns)}
    spoken = await _speak([text for _, scenario, _ in calls for text in _texts(scenario)])
    return [
        Order(
            name=name,
            profile=profile,
            scenario=scenario,
            environment=environment_with(*replies),
            spoken={each: spoken[each] for each in _texts(scenario)}
            | {each: sounds[each] for each in _files(scenario.turns if scenario else ())},
            opening=keys[0],
            rest=keys[1],
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
    """Return a sound file as the line carries it."""
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


def _keys(profile: Profile) -> tuple[Key, Key]:
    """Return the keys that let callers cut the opening, and the rest, or do not."""
    rest: list[str | int] = ["allow_interruptions"]
    opening = profile.on_enter
    differs = opening is not None and opening.allow_interruptions is not None
    source = parse(read(profile.path), str(profile.path)) if profile.path else None

    def key(where: Sequence[str | int]) -> Key:
        line = None
        if source is not None:
            with suppress(KeyError):
                line = source.line(source.key(where))
        return ".".join(map(str, where)), line

    return key(["on_enter", *rest] if differs else rest), key(rest)
