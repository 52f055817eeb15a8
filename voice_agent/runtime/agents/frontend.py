"""What the frontend of a call sees of its agents: the participant attribute `agent`."""

from __future__ import annotations

import logging

from ..call_state import CallState
from ..tools import telephone

logger = logging.getLogger(__name__)


async def tell(call: CallState, agent: str) -> None:
    """Tell the frontend which agent holds the call; where that fails, the call goes on."""
    job = telephone.in_room(call)
    if job is None:
        return
    try:
        await job.room.local_participant.set_attributes({"agent": agent})
    except Exception as why:  # Whatever the room raises; a call that ends has none any more.
        logger.warning("the frontend is not told that %s holds the call: %r", agent, why)
