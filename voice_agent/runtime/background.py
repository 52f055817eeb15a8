"""The sounds behind an agent, as a profile says them under `background_audio`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from livekit import rtc
from livekit.agents import AgentSession, AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip

from ..format.profile import Profile, Sound
from ..format.sounds import clip_of, sound_file


def build_player(profile: Profile) -> BackgroundAudioPlayer | None:
    """Return what plays the sounds of `profile`; None for a profile without any.

    Raises FileNotFoundError for a sound file that has gone since the profile was checked.
    """
    audio = profile.background_audio
    if audio is None:
        return None
    folder = (profile.path or Path()).parent
    late = audio.stream_timeout_ms
    return BackgroundAudioPlayer(
        ambient_sound=_sounds(audio.ambient_sound, folder),
        thinking_sound=_sounds(audio.thinking_sound, folder),
        **({} if late is None else {"stream_timeout_ms": late}),
    )


async def play(player: BackgroundAudioPlayer, room: rtc.Room, session: AgentSession[None]) -> None:
    """Play in `room`, which must be connected, until `session` ends."""
    await player.start(room=room, agent_session=session)
    ending: set[asyncio.Task[None]] = set()  # asyncio itself keeps no task alive
    session.on("close", lambda _: ending.add(asyncio.create_task(player.aclose())))


def _sounds(sounds: Sequence[Sound], folder: Path) -> list[AudioConfig] | None:
    # LiveKit heeds the probability of a sound in a list alone, so that one is a list too.
    return [_config(each, folder) for each in sounds] or None


def _config(sound: Sound, folder: Path) -> AudioConfig:
    written = {key: value for key, value in asdict(sound).items() if value is not None}
    if clip := clip_of(sound.source):
        return AudioConfig(**{**written, "source": BuiltinAudioClip[clip]})
    path = sound_file(folder, sound.source)
    if path is None:
        raise FileNotFoundError(f'There is no sound file "{sound.source}" in {folder} or below it.')
    return AudioConfig(**{**written, "source": str(path)})
