"""What an agent says word for word, from a sound file where the profile has one beside the text."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from itertools import chain
from pathlib import Path

import av
from livekit import rtc
from livekit.agents import NOT_GIVEN, AgentSession, llm
from livekit.agents.types import NotGivenOr
from livekit.agents.voice import SpeechHandle

from ..format.profile import Profile
from ..format.sounds import sound_file

_RATE = 48000  # Hz, as LiveKit's own reader has it


def say(
    session: AgentSession[None],
    profile: Profile,
    text: str,
    audio: str | None = None,
    *,
    allow_interruptions: NotGivenOr[bool] = NOT_GIVEN,
    add_to_chat_ctx: bool = True,
) -> SpeechHandle:
    """Say a text, which has its values already; where `audio` names a file, that is heard instead.

    The text is then what LiveKit's transcript has. Raises FileNotFoundError for a file that has
    gone since the profile was checked.
    """
    return session.say(
        text,
        audio=frames(profile, audio) if audio else NOT_GIVEN,
        allow_interruptions=allow_interruptions,
        add_to_chat_ctx=add_to_chat_ctx,
    )


def has_voice(session: AgentSession[None]) -> bool:
    """Tell whether given words can be said; a realtime model may only speak its own."""
    model = session.llm
    mute = isinstance(model, llm.RealtimeModel) and not model.capabilities.supports_say
    return session.tts is not None or not mute or session.output.audio is None


def frames(profile: Profile, audio: str) -> AsyncIterable[rtc.AudioFrame]:
    """Return the sound of a file beside the profile or below it; see `say`."""
    folder = (profile.path or Path()).parent
    path = sound_file(folder, audio)
    if path is None:
        raise FileNotFoundError(f'There is no sound file "{audio}" in {folder} or below it.')
    return _decoded(path)


async def _decoded(path: Path) -> AsyncIterator[rtc.AudioFrame]:
    # LiveKit's own reader loses the first tenth of a second: it has FFmpeg throw away what it
    # reads to learn what is in the file.
    with av.open(str(path)) as sound:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
        for frame in chain(sound.decode(audio=0), [None]):
            for piece in resampler.resample(frame):
                samples = bytes(piece.planes[0])[: 2 * piece.samples]
                yield rtc.AudioFrame(samples, _RATE, 1, piece.samples)
