"""The keys of the caller's telephone: those that a room tells of, and pretended ones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from livekit import rtc
from livekit.agents import AgentSession, AgentTask, get_job_context
from livekit.agents.beta.workflows import GetDtmfTask
from livekit.agents.beta.workflows.utils import DtmfEvent, dtmf_event_to_code

from ..call_state import CallState, ToolEvent

_EVENT: rtc.room.EventTypes = "sip_dtmf_received"


class Keys:
    """The keys that the caller of one call has pressed for menus, until a menu takes them.

    What is pressed while a menu hands the call on is for the menu of the next agent.
    """

    def __init__(self, with_menus: frozenset[str]) -> None:
        """Begin without a menu; `with_menus` are the agents that have one."""
        self._with_menus = with_menus
        self._pressed: deque[str] = deque()
        self._changed = asyncio.Event()
        self._session: AgentSession[None] | None = None
        self._has_menu = False
        self._pending = 0
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def are_heard(self) -> bool:
        """Whether a menu takes what is pressed now."""
        return self._has_menu and not self._is_asking()

    @property
    def are_waiting(self) -> bool:
        """Whether a key was pressed that no menu has taken yet."""
        return bool(self._pressed)

    def listen(self, session: AgentSession[None], room: rtc.Room) -> None:
        """Keep what is pressed from now on, for the menu of the agent that holds."""
        self._has_menu = True
        if self._session is session:
            return
        self._session = session
        room.on(_EVENT, self._heard)

        def stop(_: object) -> None:
            room.off(_EVENT, self._heard)
            self._settle(self._pending)

        session.once("close", stop)

    async def next(self, holds: Callable[[], bool]) -> str:
        """Wait for the next key, and take it for an agent that holds the call; see `done`."""
        while not (self._pressed and holds()):
            self._changed.clear()
            await self._changed.wait()
        return self._pressed.popleft()

    def done(self) -> None:
        """Note that what a key does has begun, after `next`."""
        self._settle(1)

    async def settled(self) -> None:
        """Wait until what every key does that was pressed has begun."""
        await self._settled.wait()

    def _settle(self, keys: int) -> None:
        self._pending -= keys
        if not self._pending:
            self._settled.set()

    def note(self, event: ToolEvent) -> None:
        """Forget what was pressed once the call has gone on to an agent without a menu."""
        if event.name == "agent_entered" and event.tool not in self._with_menus:
            self._has_menu = False
            self._settle(len(self._pressed))
            self._pressed.clear()

    def _heard(self, event: rtc.SipDTMF) -> None:
        if self.are_heard and self._is_the_callers(event):
            self._pressed.append(event.digit)
            self._pending += 1
            self._settled.clear()
            self._changed.set()

    def _is_asking(self) -> bool:
        """Tell whether something is asked of the caller, which takes the keys itself."""
        return self._session is not None and isinstance(self._session.current_agent, AgentTask)

    def _is_the_callers(self, event: rtc.SipDTMF) -> bool:
        """Tell whether a key is that of the participant that the agent talks with."""
        if event.participant is None or self._session is None:
            return True
        try:
            linked = self._session.room_io.linked_participant
        except RuntimeError:  # LiveKit's way to say that the session is in no room.
            return True
        return linked is None or linked.identity == event.participant.identity


_of_calls: WeakKeyDictionary[CallState, Keys] = WeakKeyDictionary()


def keys_of(call: CallState) -> Keys:
    """Return the keys of a call, which all its menus share."""
    if call not in _of_calls:
        agents = call.profile.agents.items()
        keys = _of_calls[call] = Keys(frozenset(name for name, agent in agents if agent.menu))
        call.watch(keys.note)
    return _of_calls[call]


async def press(call: CallState | None, digit: str) -> None:
    """Press a key as a telephone in the room would; raise ValueError for one that none has.

    A call may be None where LiveKit's job is that of the call.
    """
    code = dtmf_event_to_code(DtmfEvent(digit))
    room_of(call).emit(_EVENT, rtc.SipDTMF(code=code, digit=digit))


def are_heard(call: CallState, session: AgentSession[None]) -> bool:
    """Tell whether a menu, or LiveKit's task for digits, takes what is pressed now."""
    return keys_of(call).are_heard or isinstance(session.current_agent, GetDtmfTask)


def room_of(call: CallState | None) -> rtc.Room:
    """Return the room of a call, which is a pretended one in the console and in a rehearsal."""
    # A rehearsed call has no job of its own, but LiveKit's tasks listen in this room.
    return ((call and call.job) or get_job_context()).room
