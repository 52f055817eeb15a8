"""Tools that the llm has to call twice, with the caller's word in between."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from livekit.agents import AgentSession, UserStateChangedEvent, llm


@dataclass(slots=True)
class _Asked:
    arguments: str
    at: float
    heard_at: float = 0.0
    """When the caller last began to speak, in seconds since the epoch."""


class Confirmations:
    """What one tool has asked the llm to have confirmed, in one call."""

    def __init__(self) -> None:
        self._asked: _Asked | None = None
        self._listens = False

    def question(self, arguments: Mapping[str, Any], session: AgentSession[None]) -> str | None:
        """Return what the llm has to do before the tool runs; None where the caller has agreed.

        The caller has agreed where the same arguments come again after the agent has spoken, and
        the caller has spoken after that.
        """
        written = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
        asked = self._asked
        if asked and asked.arguments == written:
            if _has_answered(asked, session):
                self._asked = None
                return None
            return (
                "Nothing was done yet, as the caller has not answered. Ask whether it is right, "
                f"and wait for the answer: {written}"
            )
        self._listen(session)
        self._asked = _Asked(written, time.time())
        return (
            f"Nothing was done yet. Repeat this to the caller, and ask whether it is right: "
            f"{written}. Once the caller has agreed, call the tool again with exactly these "
            "arguments. If the caller wants something else, call it with that."
        )

    def _listen(self, session: AgentSession[None]) -> None:
        if not self._listens:
            self._listens = True
            session.on("user_state_changed", self._note)

    def _note(self, event: UserStateChangedEvent) -> None:
        if self._asked and event.new_state == "speaking":
            self._asked.heard_at = event.created_at


def _has_answered(asked: _Asked, session: AgentSession[None]) -> bool:
    spoken = _first(session, "assistant", asked.at)
    if spoken is None:
        return False
    if isinstance(session.llm, llm.RealtimeModel) and asked.heard_at > spoken:
        # It answers before it has written down what it heard, if it does that at all.
        return True
    return _first(session, "user", spoken) is not None


def _first(
    session: AgentSession[None], role: Literal["assistant", "user"], after: float
) -> float | None:
    messages = session.history.messages()
    times = (each.created_at for each in messages if each.role == role)
    return min((at for at in times if at > after), default=None)
