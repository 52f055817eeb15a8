"""The sounds of a profile: LiveKit's own clips, and sound files beside the profile or below it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .diagnostics import Diagnostic, quote
from .scenario import sound_file
from .schema import keys_of, resolved, schema
from .sdk_source import members
from .typos import closest
from .yaml_source import Source

__all__ = ["clip_of", "clips", "sound_file", "sound_problems"]


def clips() -> dict[str, str]:
    """Return the names of LiveKit's clips in a profile, each with LiveKit's own."""
    return {name.lower(): name for name in members("voice/background_audio:BuiltinAudioClip")}


def clip_of(source: str) -> str | None:
    """Return LiveKit's own name of the clip that a profile calls `source`; None if it is a file."""
    return clips().get(source)


def sound_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield every sound of a profile, valid or not, that is neither a clip nor a file."""
    folder = Path(source.path).parent
    for place, name in _spoken(source.data, schema(), ()):
        if name.strip() and not sound_file(folder, name):
            message = f"there is no sound file {quote(name)} beside this file or below it"
            yield source.at(source.value(place), "missing-file", message)
    for where, name in _sources(source.data):
        if not name.strip() or clip_of(name) or sound_file(folder, name):
            continue
        message = f"{quote(name)} is no clip of LiveKit's, and there is no such sound file beside "
        message += "this file or below it"
        close = closest(name.lower(), list(clips()))
        hint = f"did you mean {quote(close)}?" if close else f"the clips are {', '.join(clips())}"
        yield source.at(source.value(where), "missing-file", message, hint)


def _spoken(
    data: Any, part: dict[str, Any], where: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the name of every file that is played in place of a voice, with its path."""
    part = resolved(part)
    if not isinstance(data, dict):
        return
    keys, others = keys_of(part), part.get("additionalProperties")
    for key, value in data.items():
        inner = resolved(keys.get(key, others))
        if key == "audio" and isinstance(value, str) and inner and inner.get("x-path"):
            yield (*where, key), value
        elif isinstance(inner, dict):
            yield from _spoken(value, inner, (*where, key))


def _sources(data: Any) -> Iterator[tuple[list[str | int], str]]:
    """Yield the name of every sound in a profile with its path."""
    audio = data.get("background_audio") if isinstance(data, dict) else None
    for key in ("ambient_sound", "thinking_sound"):
        written = audio.get(key) if isinstance(audio, dict) else None
        where: list[str | int] = ["background_audio", key]
        yield from _named(written, where)
        for number, each in enumerate(written if isinstance(written, list) else ()):
            yield from _named(each, [*where, number])


def _named(sound: Any, where: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    if isinstance(sound, str):
        yield where, sound
    elif isinstance(sound, dict) and isinstance(sound.get("source"), str):
        yield [*where, "source"], sound["source"]
