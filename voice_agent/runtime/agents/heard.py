"""What callers say or type while LiveKit changes agents: the one is dropped, the other lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from weakref import WeakKeyDictionary

from livekit import rtc
from livekit.agents import (
    Agent,
    AgentSession,
    AgentTask,
    ConversationItemAddedEvent,
    UserInputTranscribedEvent,
    llm,
)

from ..call_state import CallState
from ..session import ProfileSession
from .keys import room_of

_TASK = "task"


class Heard:
    """What the caller of one call has said that is in no turn yet."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def attend(self, session: AgentSession[None]) -> None:
        """Listen to the caller from now on."""
        session.on("user_input_transcribed", self._transcribed)
        session.on("conversation_item_added", self._added)

    def take(self) -> str:
        """Return it, and forget it."""
        words, self._words = " ".join(self._words), []
        return words

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final and event.transcript.strip():
            self._words.append(event.transcript.strip())

    def _added(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type == "message" and event.item.role == "user":
            self._words.clear()


_of_calls: WeakKeyDictionary[CallState, Heard] = WeakKeyDictionary()


def heard_in(call: CallState) -> Heard:
    """Return what the caller of a call has said that is in no turn yet."""
    return _of_calls.setdefault(call, Heard())


async def add_heard(call: CallState, agent: Agent) -> None:
    """Put what LiveKit has dropped into what an agent knows, as a turn of the caller."""
    if words := heard_in(call).take():
        message = llm.ChatMessage(role="user", content=[words])
        known = agent.chat_ctx.copy()
        known.insert(message)
        await agent.update_chat_ctx(known, exclude_invalid_function_calls=False)
        agent.session.history.insert(message)
        agent.session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


def hold_text(session: AgentSession[None]) -> None:
    """Have text that is typed from now on wait for the next task."""
    cast(ProfileSession, session).hold_text(_TASK)


@contextmanager
def holding_text_for_keys(call: CallState, session: AgentSession[None]) -> Iterator[None]:
    """Have text that is typed after a key of the telephone wait until the digits are taken."""

    def pressed(_: rtc.SipDTMF) -> None:
        hold_text(session)

    room = room_of(call)
    room.on("sip_dtmf_received", pressed)
    try:
        yield
    finally:
        room.off("sip_dtmf_received", pressed)


async def finish_opening(session: AgentSession[None]) -> None:
    """Wait until an agent has said what it opens with; text that is typed waits from then."""
    await cast(ProfileSession, session).finish_before_holding(_TASK)


def take_text_again(session: AgentSession[None]) -> None:
    """Have text answered that is typed once no task begins or ends any more."""
    cast(ProfileSession, session).take_text(_TASK)


def hold_text_around(task: AgentTask[Any], session: AgentSession[None]) -> None:
    """Have text that is typed as a task begins or ends wait until an agent can answer it."""
    ours = cast(ProfileSession, session)
    enter, complete = task.on_enter, task.complete

    async def on_enter() -> None:
        ours.take_text(_TASK)
        await enter()

    def completed(result: Any) -> None:
        ours.hold_text(_TASK)
        complete(result)

    ours.hold_text(_TASK)
    task.on_enter = on_enter  # type: ignore[method-assign]
    task.complete = completed  # type: ignore[method-assign]
