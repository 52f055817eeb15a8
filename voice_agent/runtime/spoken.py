"""What the agent speaks word for word: a text of the profile, or the sound file beside it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from livekit.agents import NOT_GIVEN, AgentSession, RunContext
from livekit.agents.types import NotGivenOr
from livekit.agents.utils.audio import audio_frames_from_file
from livekit.agents.voice import SpeechHandle

from ..format.profile import Profile
from ..format.sounds import sound_file


def say(
    session: AgentSession[None],
    profile: Profile,
    text: str,
    audio: str | None = None,
    *,
    allow_interruptions: NotGivenOr[bool] = NOT_GIVEN,
) -> SpeechHandle:
    """Have the agent say `text`, or play the file `audio`, of which `text` is then the transcript.

    Raises FileNotFoundError for a sound file that has gone since the profile was checked.
    """
    if audio is None:
        return session.say(text, allow_interruptions=allow_interruptions)
    folder = (profile.path or Path()).parent
    path = sound_file(folder, audio)
    if path is None:
        raise FileNotFoundError(f'There is no sound file "{audio}" in {folder} or below it.')
    frames = audio_frames_from_file(str(path))
    return session.say(text, audio=frames, allow_interruptions=allow_interruptions)


async def heard_to_its_end(speech: SpeechHandle, context: RunContext[None]) -> bool:
    """Wait, within a tool, until `speech` has ended; tell whether the caller let it end.

    A caller whose turn is over cuts the turn that called the tool, and is answered only once the
    tool is done.
    """
    turn = context.speech_handle
    playing = asyncio.ensure_future(speech.wait_for_playout())
    await turn.wait_if_not_interrupted([playing])
    if turn.interrupted and speech.allow_interruptions:
        speech.interrupt()
    await playing
    return not speech.interrupted and not turn.interrupted
