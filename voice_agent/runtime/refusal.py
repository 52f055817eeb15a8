"""Calls that cannot be taken: how they end, so that nobody waits in silence."""

from __future__ import annotations

import logging

from livekit.agents import JobContext

logger = logging.getLogger(__name__)


async def refuse(context: JobContext, why: Exception) -> None:
    """End a job that cannot be done, and hang up: its room is deleted, and the log says why."""
    sentence = str(why).rstrip(".")
    logger.error("The call is refused, and its room deleted: %s.", sentence)
    await context.delete_room()
    context.shutdown(reason=f"the call is refused: {sentence}")
