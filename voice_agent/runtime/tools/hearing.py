"""Whether a caller lets the agent finish what it says while a tool runs."""

from __future__ import annotations

import asyncio

from livekit.agents import RunContext
from livekit.agents.voice import SpeechHandle


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
