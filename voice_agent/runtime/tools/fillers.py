"""What the agent says while a tool works."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from livekit.agents import RunContext
from livekit.agents.voice import SpeechHandle

from ...format.tools import Filler
from ..call_state import CallState
from ..saying import has_voice, say


def filling(
    filler: Filler | None, name: str, context: RunContext[None], call: CallState
) -> AbstractAsyncContextManager[None]:
    """Have the agent say a filler of the tool `name`, for as long as the block lasts."""
    if filler is None:
        return nullcontext()

    def speak(step: int) -> SpeechHandle | None:
        audio = filler.audio if step == 0 else None  # It is the sound of one sentence.
        if filler.say and not (audio or has_voice(context.session)):
            return None
        call.note("filler_started", name)
        if filler.instructions is not None:
            told = call.values.told(filler.instructions)
            return context.session.generate_reply(instructions=told, tool_choice="none")
        text = call.values.spoken(filler.say[min(step, len(filler.say) - 1)])
        return say(context.session, call.profile, text, audio)

    return context.with_filler(speak, delay=filler.delay, interval=filler.interval)
