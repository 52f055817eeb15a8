"""LiveKit's session, keeping the promise of uninterruptible speech for typed text too.

In a room, LiveKit's own handling loses a chat message that arrives while uninterruptible speech
is playing; over the console's protocol it cuts that speech. Here such text waits, in order of
arrival, until the speech has ended, and is then answered.
"""

from __future__ import annotations

import asyncio
from typing import cast

from livekit.agents import AgentSession, SpeechCreatedEvent
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.room_io import TextInputEvent


class ProfileSession(AgentSession[None]):
    """The session of one call."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._typed_turn = asyncio.Lock()
        self._speeches: set[SpeechHandle] = set()
        self.on("speech_created", self._note_speech)

    def _note_speech(self, event: SpeechCreatedEvent) -> None:
        speech = event.speech_handle
        self._speeches.add(speech)
        speech.add_done_callback(self._speeches.discard)

    async def answer(self, text: str) -> SpeechHandle:
        """Answer typed text, cutting speech only where the profile lets callers cut it."""
        async with self._typed_turn:
            await self._give_way()
            return self.generate_reply(user_input=text)

    async def finish_speaking(self) -> None:
        """Wait until the agent has said all that it has begun to say."""
        while speech := next((each for each in self._speeches if not each.done()), None):
            await speech.wait_for_playout()

    def interrupt(self, *, force: bool = False) -> asyncio.Future[None]:
        """Interrupt the agent; `force` waits where speech may not be cut.

        The console's protocol forces an interruption and then calls `run` with what was typed.
        Closing a call does not come through here, so nothing is held up by the wait.
        """
        if not force:
            return super().interrupt()
        granted = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(self._grant(granted))
        granted.add_done_callback(lambda _: task.cancel() if granted.cancelled() else None)
        return granted

    async def _grant(self, granted: asyncio.Future[None]) -> None:
        async with self._typed_turn:
            try:
                await self._give_way()
            except Exception as error:
                granted.set_exception(error)
                return
            granted.set_result(None)
            # Whoever was waiting goes first: its reply is then scheduled before the next text.
            await asyncio.sleep(0)

    async def _give_way(self) -> None:
        while speech := next(filter(_must_finish, self._speeches), None):
            await speech.wait_for_playout()
        await super().interrupt()


def _must_finish(speech: SpeechHandle) -> bool:
    # Speech that is not scheduled is a guess at a reply, made while the caller still talks.
    promised = speech.scheduled and not speech.allow_interruptions
    return promised and not speech.interrupted and not speech.done()


async def answer_typed_text(session: AgentSession[None], event: TextInputEvent) -> None:
    """Answer a chat message from the room."""
    await cast(ProfileSession, session).answer(event.text)
