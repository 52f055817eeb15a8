"""Who of several agents holds a call, and how it goes from one to the next.

A handoff is a fact from when it is decided, whatever the caller says meanwhile. LiveKit undoes one
that a tool returns in a turn that is cut, and drops what callers say while it changes agents. So
the change is made once the turn is over, and what was said meanwhile is given to the next agent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

from livekit.agents import (
    Agent,
    AgentSession,
    ConversationItemAddedEvent,
    FunctionToolsExecutedEvent,
)

from ...format.agents import BACK, Handoff
from ..call_state import CallState
from ..livekit_internals import is_closing
from ..session import ProfileSession
from .collecting import leave, over
from .heard import heard_in

logger = logging.getLogger(__name__)

MOST_CHANGES = 6
"""How often the agents may change without a word of the caller."""

Make: TypeAlias = Callable[[str], Agent]


@dataclass(frozen=True, slots=True)
class Change:
    """How an agent came to hold the call: `left` is the one before it, "" for the first."""

    to: str
    by: str
    left: str = ""
    handoff: Handoff | None = None


class Holding:
    """Who holds one call."""

    def __init__(self, call: CallState) -> None:
        self._call = call
        self._make: Make
        self._entered: Counter[str] = Counter()
        self._behind: list[str] = []
        self._changes = 0
        self._changing: asyncio.Task[None] | None = None
        self.before: Agent | None = None
        """LiveKit's agent that held the call before the one that holds it now."""
        self.change = Change(call.agent or "", "start")
        """How the one that holds the call came to hold it, or will."""
        self.at_rest = asyncio.Event()
        """Set while no agent is beginning, or collecting what it asks for."""
        self.leaving = asyncio.Event()
        """Set from when a handoff is decided until the next agent has been entered."""

    @property
    def name(self) -> str:
        """The agent that holds the call."""
        return self._call.agent or ""

    @property
    def came_from(self) -> str | None:
        """The agent that `back` leads to; None where nothing is behind."""
        return self._behind[-1] if self._behind else None

    @property
    def is_first_entry(self) -> bool:
        """Whether the one that holds the call holds it for the first time."""
        return self._entered[self.name] <= 1

    def begin(self, make: Make) -> None:
        """Have LiveKit's agents made by `make`, from their names."""
        self._make = make

    def attend(self, session: AgentSession[None]) -> None:
        """Follow what the caller says in the session of this call."""
        heard_in(self._call).attend(session)
        session.on("conversation_item_added", self._added)
        session.on("function_tools_executed", self._executed)

    def caller_acted(self) -> None:
        """Note that the caller has said or pressed something."""
        self._changes = 0

    async def hand_over(
        self,
        to: str,
        by: str,
        session: AgentSession[None],
        values: Mapping[str, Any] | None = None,
        handoff: Handoff | None = None,
    ) -> str | None:
        """Hand the call over to an agent, or to the one behind; return why not, or None.

        `by` is what decided it: "llm", "collected", "tool", "variable" or "menu". `values` are
        saved before the agent is entered. It may be called in a tool.
        """
        if refused := self._refusal(to):
            target = self.came_from if to == BACK else to
            self._call.note("handoff_refused", target or to, reason=refused)
            return refused
        for name, value in (values or {}).items():
            self._call.values.save(name, value)
        left = self.name
        if to == BACK:
            to, by = self._behind.pop(), BACK
        else:
            self._behind.append(left)
        self._changes += 1
        self._call.agent = to
        self.change = Change(to, by, left, handoff)
        self.leaving.set()
        leave(self._call)
        cast(ProfileSession, session).hold_text("handoff")
        self._changing = asyncio.create_task(self._move(session), name=f"handoff to {to}")
        self._changing.add_done_callback(_log_failure)
        return None

    def _refusal(self, to: str) -> str | None:
        if self.leaving.is_set():
            return f"The call goes to {self.change.to} already, so nothing else was done."
        if to == BACK and not self._behind:
            return "There is nobody to go back to. Go on yourself."
        if self._changes >= MOST_CHANGES:
            logger.warning(
                "the handoff to %s is refused, as the agents have changed %d times without a word "
                "of the caller",
                to,
                self._changes,
            )
            return "The call has gone round too often. Ask the caller what to do."
        return None

    async def _move(self, session: AgentSession[None]) -> None:
        """Change LiveKit's agents once the turn is over in which it was decided."""
        # What the agent said as it handed over is heard to its end, unless the caller cuts it.
        if (speech := session.current_speech) is not None:
            await speech.wait_for_playout()
        await over(self._call)
        await self.at_rest.wait()
        await cast(ProfileSession, session).has_started()
        if not is_closing(session):
            # The agent that is left answers nothing any more.
            await session.interrupt(force=True)
            self.before = session.current_agent
            session.update_agent(self._make(self.change.to))

    def enter(self) -> Change:
        """Note that the agent has been entered, and return how."""
        change = self.change
        self._entered[change.to] += 1
        self._call.note("agent_entered", change.to, left=change.left, by=change.by)
        return change

    def settle(self, session: AgentSession[None]) -> None:
        """Note that the agent has taken over, so that it may hand over itself."""
        self.leaving.clear()
        cast(ProfileSession, session).take_text("handoff")

    def _added(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type == "message" and event.item.role == "user":
            self.caller_acted()

    def _executed(self, event: FunctionToolsExecutedEvent) -> None:
        # What other tools of the batch came to is for the next agent to talk about.
        if self.leaving.is_set():
            event.cancel_tool_reply()


def _log_failure(changing: asyncio.Task[None]) -> None:
    if not changing.cancelled() and (why := changing.exception()):
        logger.error(
            "a %s has failed by a mistake in this program", changing.get_name(), exc_info=why
        )


_of_calls: WeakKeyDictionary[CallState, Holding] = WeakKeyDictionary()


def holding_of(call: CallState) -> Holding:
    """Return who holds a call."""
    return _of_calls.setdefault(call, Holding(call))
