"""LiveKit's session, which keeps the promise of uninterruptible speech for typed text too.

In a room, LiveKit's own handling loses a chat message that arrives while uninterruptible speech
is playing; over the console's protocol it cuts that speech. Here such text waits, in order of
arrival, until the speech has ended, and is then answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Any, ParamSpec, TypeVar, cast

from livekit.agents import AgentSession, SpeechCreatedEvent
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.room_io import TextInputEvent

from .livekit_internals import RemotelyTyped, is_closing

_Signature = ParamSpec("_Signature")
_Result = TypeVar("_Result")


def _as(
    other: Callable[_Signature, _Result],
) -> Callable[[Callable[..., _Result]], Callable[_Signature, _Result]]:
    """Give a function the signature of another, so that mypy compares what is passed with it."""
    return lambda function: cast(Callable[_Signature, _Result], function)


class CutOff(Enum):
    """What came of an attempt to cut the agent off."""

    DONE = 1
    NOTHING_TO_CUT = 2
    NOT_ALLOWED = 3


class ProfileSession(RemotelyTyped):
    """The session of one call."""

    @_as(AgentSession[None].__init__)
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed_turn = asyncio.Lock()
        self._speeches: set[SpeechHandle] = set()
        self._waiting_for_tools: Counter[SpeechHandle] = Counter()
        self._waiting_for_caller: set[SpeechHandle] = set()
        self._fell_silent = asyncio.Event()
        self._takes_text = asyncio.Event()
        self._takes_text.set()
        self._has_started = asyncio.Event()
        self._holds_text: set[str] = set()
        self.on("speech_created", self._note_speech)
        # A handoff that the end of the call overtakes never takes place.
        self.on("close", lambda _: self._takes_text.set())

    async def start(self, *agent: Any, **options: Any) -> Any:
        """Start as LiveKit's session does."""
        try:
            return await super().start(*agent, **options)
        finally:
            self._has_started.set()

    async def has_started(self) -> None:
        """Wait until the session has started, or could not.

        Until then, LiveKit takes another agent in place of the first without ever entering it.
        """
        await self._has_started.wait()

    def _note_speech(self, event: SpeechCreatedEvent) -> None:
        speech = event.speech_handle
        self._speeches.add(speech)
        speech.add_done_callback(self._speeches.discard)

    def falls_silent(self, speech: SpeechHandle) -> None:
        """Note that `speech` says nothing while a tool works, so that nothing waits for it."""
        self._waiting_for_tools[speech] += 1
        self._fell_silent.set()

    def speaks_again(self, speech: SpeechHandle) -> None:
        """Note that a tool has ended for which `speech` fell silent."""
        self._waiting_for_tools[speech] -= 1
        self._waiting_for_tools += Counter()  # drops what is at zero

    def waits_for_caller(self, speech: SpeechHandle) -> None:
        """Note that a tool asks the caller for something, before `speech` goes on."""
        self._waiting_for_caller.add(speech)
        speech.add_done_callback(self._waiting_for_caller.discard)
        self._fell_silent.set()

    def goes_on(self, speech: SpeechHandle) -> None:
        """Note that the tool of `speech` asks the caller no more."""
        self._waiting_for_caller.discard(speech)

    async def answer(self, text: str) -> SpeechHandle:
        """Answer typed text, cutting speech only where the profile lets callers cut it.

        Raises RuntimeError, as LiveKit does, once the session has begun to end.
        """
        await self.wait_to_type()
        if is_closing(self):  # LiveKit would still answer for a moment, after the goodbye.
            raise RuntimeError("The session is ending.")
        return self.generate_reply(user_input=text)

    async def wait_to_type(self) -> None:
        """Wait until typed text may be answered, and cut speech that the profile lets it cut.

        Whoever waits here must begin the answer without waiting for anything else: the next text
        then waits for that answer, where it may not be cut.
        """
        await self._typed_turn.acquire()
        try:
            await self._give_way()
        finally:
            asyncio.get_running_loop().call_soon(self._typed_turn.release)

    def hold_text(self, why: str) -> None:
        """Have typed text wait, as whoever would answer it is about to make way for another."""
        self._holds_text.add(why)
        self._takes_text.clear()

    def take_text(self, why: str) -> None:
        """Have typed text answered again, unless it waits for something else as well."""
        self._holds_text.discard(why)
        if not self._holds_text:
            self._takes_text.set()

    @property
    def has_text_waiting(self) -> bool:
        """Whether text was typed that waits until it may be answered."""
        return self._typed_turn.locked()

    def cut_off(self) -> CutOff:
        """Cut what the agent says, or is about to say, if the profile lets callers cut it."""
        if any(map(self._must_finish, self._speeches)):
            return CutOff.NOT_ALLOWED
        if not any(map(_may_be_cut, self._speeches)):
            return CutOff.NOTHING_TO_CUT
        self.interrupt()
        return CutOff.DONE

    async def finish_speaking(self) -> None:
        """Wait until the agent, or the one it hands over to, has said all that it began to say."""
        while True:
            while speech := next(filter(self._goes_on_by_itself, self._speeches), None):
                await self._silence_of(speech)
            if self._takes_text.is_set():
                return
            await self._takes_text.wait()

    async def finish_before_holding(self, why: str) -> None:
        """Wait until the agent has said what it began to say, and have typed text wait from then.

        Whoever waits for `finish_speaking` waits on until the text is taken again.
        """
        is_over = False

        def hold(_: SpeechHandle) -> None:
            if not is_over:
                self.hold_text(why)

        while speech := next(filter(self._goes_on_by_itself, self._speeches), None):
            speech.add_done_callback(hold)
            await self._silence_of(speech)
        is_over = True
        self.hold_text(why)

    async def _give_way(self) -> None:
        while True:
            await self._takes_text.wait()
            while speech := next(filter(self._must_finish, self._speeches), None):
                await self._silence_of(speech)
            cut = self.interrupt()
            if cut.done() and self._takes_text.is_set():
                return
            await cut  # Meanwhile, the agent may have begun to say what must be finished.

    async def _silence_of(self, speech: SpeechHandle) -> None:
        """Wait until `speech` has ended, or some speech waits for a tool."""
        self._fell_silent.clear()
        either = (speech.wait_for_playout(), self._fell_silent.wait())
        waiting = [asyncio.ensure_future(each) for each in either]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _goes_on_by_itself(self, speech: SpeechHandle) -> bool:
        return not (speech.done() or speech in self._waiting_for_caller)

    def _must_finish(self, speech: SpeechHandle) -> bool:
        # Speech that is not scheduled is a guess at a reply, made while the caller still talks.
        promised = speech.scheduled and not speech.allow_interruptions
        is_over = speech.interrupted or speech.done() or speech in self._waiting_for_tools
        return promised and not is_over


def _may_be_cut(speech: SpeechHandle) -> bool:
    return speech.allow_interruptions and not (speech.interrupted or speech.done())


async def answer_typed_text(session: AgentSession[None], event: TextInputEvent) -> None:
    """Answer a chat message from the room."""
    await cast(ProfileSession, session).answer(event.text)
