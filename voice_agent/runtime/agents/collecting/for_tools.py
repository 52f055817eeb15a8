"""What a tool asks of the caller before it works."""

from __future__ import annotations

from typing import cast

from livekit.agents import RunContext, ToolError

from ...livekit_internals import is_closing
from ...session import ProfileSession
from ..heard import hold_text
from .collection import Collection

_CUT = (
    "Nothing was done, as the caller spoke before it began. Answer the caller, and call it again "
    "if that is still wanted."
)
_ENDED = "Nothing was done, as the call has ended."


class WentElsewhere(Exception):
    """The call went on with another agent before a tool had what it asks for."""


async def collect_for(collection: Collection, context: RunContext[None]) -> None:
    """Ask the caller for what a tool needs, in a call of it.

    Raises ToolError with what the llm is told where the caller refuses what is required, and
    WentElsewhere.
    """
    await context.wait_for_playout()
    if context.speech_handle.interrupted:  # LiveKit begins no task in a turn that was cut.
        raise ToolError(_CUT)
    session = cast(ProfileSession, context.session)
    hold_text(session)
    session.waits_for_caller(context.speech_handle)
    try:
        if await collection.run():
            return
    finally:
        session.goes_on(context.speech_handle)
    if is_closing(context.session):
        raise ToolError(_ENDED)
    if collection.is_left:
        raise WentElsewhere("Nothing was done, as the call went on with another agent.")
    why = "; ".join(f"{name}: {reason}" for name, reason in collection.refused.items())
    raise ToolError(
        f"Nothing was done, as the caller did not give what it needs ({why}). Say that it cannot "
        "be done without."
    )
