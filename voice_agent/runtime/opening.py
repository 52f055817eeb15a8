"""How an agent opens a call, or begins once it has taken over."""

from __future__ import annotations

from livekit.agents import NOT_GIVEN, AgentSession

from ..format.opening import Opening
from .call_state import CallState
from .saying import say


def begin(session: AgentSession[None], call: CallState, opening: Opening) -> None:
    """Say, or have the llm say, what an opening is."""
    allow = NOT_GIVEN if opening.allow_interruptions is None else opening.allow_interruptions
    values = call.values
    if opening.say is not None:
        said = values.spoken(opening.say)
        say(session, call.profile, said, opening.audio, allow_interruptions=allow)
    elif opening.user_input is not None:
        typed = values.spoken(opening.user_input)
        session.generate_reply(user_input=typed, allow_interruptions=allow)
    elif opening.instructions is not None:
        instructions = values.told(opening.instructions)
        session.generate_reply(instructions=instructions, allow_interruptions=allow)
