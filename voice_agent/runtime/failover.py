"""What the log says when one model fails and the next one answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from livekit import rtc
from livekit.agents import llm

from ..format.models import Models

logger = logging.getLogger("voice_agent")

_EVENTS = {
    "stt": ("stt_availability_changed", "stt"),
    "llm": ("llm_availability_changed", "llm"),
    "tts": ("tts_availability_changed", "tts"),
    "realtime": ("realtime_availability_changed", "realtime_model"),
}


def log_failover(
    adapter: rtc.EventEmitter[Any], role: str, clients: Sequence[Any], models: Models
) -> None:
    """Log in one line who fails over to whom, and who works again.

    `adapter` is LiveKit's for the `clients` of `models`, which are those of `role`.
    """
    names = [str(each) for each in models.fallback]
    works = [True] * len(names)
    kind = "realtime" if isinstance(adapter, llm.RealtimeModel) else role
    event_name, field = _EVENTS[kind]

    def note(event: Any) -> None:
        client = getattr(event, field)
        # A client that does not stream is wrapped for LiveKit.
        client = getattr(client, "wrapped_stt", getattr(client, "wrapped_tts", client))
        number = next(index for index, each in enumerate(clients) if each is client)
        works[number] = event.available
        if event.available:
            logger.info("%s: %s works again", role, names[number])
        elif any(works):
            follower = names[works.index(True)]
            logger.warning("%s: %s failed, and %s takes over", role, names[number], follower)
        else:
            logger.error("%s: %s failed, and no model is left", role, names[number])

    adapter.on(event_name, note)
