"""The turns in which tools are at work: who may cut them, and that callers hear what came of it.

What a caller says into a sentence that must not be cut is lost, as LiveKit has the STT hear silence
then. So a turn is protected only from when the sentence that was said with the call has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from livekit.agents import AgentSession, RunContext, llm
from livekit.agents.voice import SpeechHandle

from ..call_state import CallState
from ..livekit_internals import becomes_idle, is_closing
from ..session import ProfileSession

_T = TypeVar("_T")

# Seconds for which a caller who has cut a turn waits for its tool. LiveKit's own wait is 5.
_PATIENCE = 2.0
# Seconds for which a result waits for a caller who speaks.
_LONGEST_TURN = 10.0
# Seconds of silence after which the agent says what came of a turn that was cut.
_SILENCE = 2.0

RUNNING = "It is at work, and its result will come by itself. Do not call it again for this."
"""What the llm is told of a tool whose result comes later."""


@dataclass(slots=True)
class _Hold:
    before: bool
    count: int = 0


class Turns:
    """The turns of one call in which tools are at work."""

    def __init__(self) -> None:
        self._holds: dict[str, _Hold] = {}
        self._seen_to: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def at_work(self, context: RunContext[None], *, protected: bool) -> AsyncIterator[None]:
        """Protect a turn from callers, if that is wanted, until its tools have done their work.

        Once its sentence has ended, what callers say or type is answered meanwhile.
        """
        session = cast(ProfileSession, context.session)
        silent = asyncio.Event()
        waiting = asyncio.create_task(self._begin(context, protected, silent))
        try:
            yield
            await self._let_finish(context)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            if silent.is_set():
                session.speaks_again(context.speech_handle)
                if protected:
                    self._release(context.speech_handle)

    async def _let_finish(self, context: RunContext[None]) -> None:
        """Let a caller finish who speaks as a reply is to begin that must not be cut.

        LiveKit would not hear the rest, and drop the beginning.
        """
        speech, session = context.speech_handle, context.session
        hold = self._holds.get(speech.id, _Hold(speech.allow_interruptions))
        if session.user_state == "speaking" and not (hold.before or speech.interrupted):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(becomes_idle(session), _LONGEST_TURN)

    async def _begin(
        self, context: RunContext[None], protected: bool, silent: asyncio.Event
    ) -> None:
        await context.wait_for_playout()
        silent.set()
        cast(ProfileSession, context.session).falls_silent(context.speech_handle)
        if protected:
            self._hold(context)

    def _hold(self, context: RunContext[None]) -> None:
        speech = context.speech_handle
        hold = self._holds.setdefault(speech.id, _Hold(speech.allow_interruptions))
        hold.count += 1
        with suppress(RuntimeError):  # The caller has cut it already, and the work goes on.
            context.disallow_interruptions()

    def _release(self, speech: SpeechHandle) -> None:
        hold = self._holds[speech.id]
        hold.count -= 1
        if hold.count == 0:
            del self._holds[speech.id]
            if not speech.interrupted:
                speech.allow_interruptions = hold.before

    async def finished(
        self,
        work: asyncio.Task[_T],
        context: RunContext[None],
        *,
        replies: bool,
        is_needed: bool,
    ) -> _T:
        """Wait for `work`, whatever callers do; give a turn back that they cut meanwhile.

        Its result is then a reply of its own, as that of a tool in the background is. Where it
        `replies`, the agent says what came of it. Work that `is_needed` is done even if the call
        ends; other work is cancelled then.
        """
        await context.speech_handle.wait_if_not_interrupted([work])
        if not work.done() and is_closing(context.session) and not is_needed:
            work.cancel()
        elif not work.done():
            await asyncio.wait([work], timeout=_PATIENCE)
        if not work.done():
            await context.update(RUNNING, silent=True)
        elif replies:
            self._see_to_reply(context)
        return await asyncio.shield(work)

    def keep(self, work: asyncio.Task[Any]) -> None:
        """Hold on to work until it has ended, though nobody may wait for it any more."""
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    def _see_to_reply(self, context: RunContext[None]) -> None:
        # LiveKit keeps the results of a turn that was cut, and leaves the reply to whatever the
        # caller says next, which may be nothing.
        speech = context.speech_handle
        if speech.id not in self._seen_to:
            self._seen_to.add(speech.id)
            speech.add_done_callback(lambda _: self._ended(context))

    def _ended(self, context: RunContext[None]) -> None:
        self._seen_to.discard(context.speech_handle.id)
        if context.speech_handle.interrupted and not _was_answered(context):
            # Whoever speaks first may do so at once, so it is noted from here on.
            spoken, session = asyncio.Event(), context.session
            note = lambda _: spoken.set()  # noqa: E731
            session.on("speech_created", note)
            reply = asyncio.create_task(_reply(session, spoken), name="reply after a cut")
            reply.add_done_callback(lambda _: session.off("speech_created", note))
            self.keep(reply)


_of_calls: WeakKeyDictionary[CallState, Turns] = WeakKeyDictionary()


def turns_of(call: CallState) -> Turns:
    """Return the turns of a call, which all its tools share."""
    return _of_calls.setdefault(call, Turns())


def _was_answered(context: RunContext[None]) -> bool:
    """Tell whether the agent has begun to say what came of the turn's tools."""
    items = context.speech_handle.chat_items
    results = [each.created_at for each in items if isinstance(each, llm.FunctionCallOutput)]
    said = (each.created_at for each in items if isinstance(each, llm.ChatMessage))
    return any(at > min(results, default=0) for at in said)


async def _reply(session: AgentSession[None], spoken: asyncio.Event) -> None:
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(spoken.wait(), _SILENCE)
    if not is_closing(session) and await becomes_idle(session) and not spoken.is_set():
        session.generate_reply()
