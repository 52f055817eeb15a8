from __future__ import annotations

from typing import Any

from livekit.agents import llm


class RealtimeModel(llm.RealtimeModel):
    def __init__(self, *, voice: str = "wile", **kwargs: Any) -> None:
        super().__init__(**kwargs)
