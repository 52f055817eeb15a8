"""One rehearsed call: the agent's real session, with audio of ours, and a log of its events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from livekit.agents import (
    Agent,
    AgentSession,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    SpeechCreatedEvent,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    llm,
)
from livekit.agents.voice.room_io import TextInputEvent
from livekit.agents.voice.room_io.types import TextInputCallback
from livekit.agents.voice.transcription import TranscriptSynchronizer

from ..runtime import models
from ..runtime.agents.keys import press
from ..runtime.call_state import CallState, ToolEvent
from ..runtime.livekit_internals import outside_a_job
from ..runtime.session import answer_typed_text
from ..runtime.tools.servers import connect
from .asked import Asked, note_requests
from .audio_io import Heard, Microphone, Speaker, speech_in
from .concealing import Said
from .results import Event

logger = logging.getLogger(__name__)

# Seconds.
_TICK = 0.1
_BETWEEN_KEYS = 0.2
# What an event is about that is not about a tool.
_ABOUT = {
    "agent_entered": "agent",
    "handoff_refused": "agent",
    "field_collected": "field",
    "field_refused": "field",
    "key_pressed": "key",
}


class Call:
    """A call between a caller and an agent, whose session is LiveKit's own."""

    def __init__(
        self,
        session: AgentSession[None],
        room_id: str = "",
        text_input: TextInputCallback = answer_typed_text,
    ) -> None:
        self.session = session
        self.room_id = room_id
        """The id of the call's room, which LiveKit's clients send to the stand-in."""
        self.microphone = Microphone()
        self.speaker = Speaker()
        self.events: list[Event] = []
        self.tool_events: list[ToolEvent] = []
        """What tools have done, with all details."""
        self.private: list[Said] = []
        """What both sides have said that no report may have."""
        self.asked: list[Asked] = note_requests(session)
        """What the language model was asked, each time."""
        self.detected: list[float] = []
        """When the session noticed that the caller had begun to speak."""
        self.opens = False
        """Whether the profile has the agent speak first."""
        self.late = 0.0
        """Seconds by which the agent's audio came too late for the call to go as planned."""
        self.began = time.monotonic()
        self._text_input = text_input
        self._state: CallState | None = None
        self._typed: list[asyncio.Task[None]] = []
        self._happened = asyncio.Event()
        self.microphone.ticked = self._happened.set
        self.speaker.on("playback_started", lambda _: self.log("bot_started_speaking"))
        self.speaker.ended = self._stopped
        session.on("user_input_transcribed", self._transcribed)
        session.on("user_state_changed", self._user_state)
        session.on("agent_state_changed", self._agent_state)
        session.on("conversation_item_added", self._item)
        session.on("speech_created", self._speech)
        session.on("close", lambda _: self._ended())

    @property
    def heard(self) -> list[Heard]:
        """What the agent has said so far."""
        return self.speaker.heard

    @property
    def silent(self) -> bool:
        """Whether the agent neither speaks nor is about to."""
        return not self.speaker.playing and self.session.current_speech is None

    @property
    def writes(self) -> bool:
        """Whether the agent writes, and does not speak."""
        return not self.session.output.audio_enabled

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.count("call_ended") > 0

    def spoke(self, since: float, until: float) -> bool:
        """Return whether the agent was heard between two times, in seconds since the call began."""
        times = [(heard.started, heard.stopped) for heard in self.heard]
        if self.speaker.started is not None:
            times.append((self.speaker.started, time.monotonic()))
        return any(
            started - self.began <= until and stopped - self.began >= since
            for started, stopped in times
        )

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self.began

    def log(
        self, name: str, text: str = "", at: float | None = None, started: float | None = None
    ) -> None:
        """Log an event; `at` is seconds since the call began, by default now."""
        self._add(Event(self.now if at is None else at, name, text, started))

    def _add(self, event: Event) -> None:
        self.events.append(event)
        if event.text and self._state and self._state.redaction.is_private:
            self.private.append(Said(event.at, event.text))
        self._happened.set()

    def watch(self, state: CallState) -> None:
        """Log what tools do in the call."""
        self._state = state
        state.watch(self._tool)

    def _tool(self, event: ToolEvent) -> None:
        self.tool_events.append(event)
        details = event.details
        about = _ABOUT.get(event.name, "tool")
        self._add(
            Event(
                event.at - self.began,
                event.name,
                str(details.get("keys", "")),
                tool=event.tool if about == "tool" else "",
                arguments=details.get("arguments", {}),
                status=details.get("status", ""),
                agent=event.tool if about == "agent" else "",
                key=event.tool if about == "key" else "",
                value=details.get("value"),
                field=event.tool if about == "field" else "",
            )
        )

    async def say(self, pcm: bytes, text: str) -> None:
        """Have the caller speak, and return once all was said."""
        silence, speech = speech_in(pcm)
        await self.microphone.speak(silence)
        self.log("user_started_speaking", text)
        await self.microphone.speak(speech)
        self.log("user_stopped_speaking", text)

    def type(self, text: str) -> None:
        """Have the caller send a chat message, which a task of its own takes, as in a room."""
        self.log("user_typed", text)
        self._typed.append(asyncio.create_task(self._pass_on(text)))

    async def press(self, keys: str) -> None:
        """Have the caller press keys of the telephone, at the speed of a hand."""
        self.log("user_pressed", keys)
        for number, digit in enumerate(keys):
            if number:
                await asyncio.sleep(_BETWEEN_KEYS)
            await press(self._state, digit)

    async def _pass_on(self, text: str) -> None:
        try:
            answered = self._text_input(self.session, TextInputEvent(text=text))
            if answered is not None:
                await answered
        except Exception:
            # A room, too, logs this and goes on.
            logger.warning("the text was not taken", exc_info=True)

    async def hang_up(self) -> None:
        """Have the caller end the call, as leaving a room does."""
        self._ended()
        for task in self._typed:
            task.cancel()
        await asyncio.gather(*self._typed, return_exceptions=True)
        await self.session.aclose()

    async def until(self, happened: Callable[[], bool], within: float = 120.0) -> bool:
        """Wait until `happened()` is true, up to `within` seconds; return whether it came true."""
        deadline = time.monotonic() + within
        while not happened():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._happened.clear()
            # Once the session has ended, nobody reads the microphone, which else keeps time. One
            # wait_for within another could lose its cancellation, and never end.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._happened.wait(), min(left, _TICK))
        return True

    def count(self, name: str, since: float = 0.0) -> int:
        """Return how often an event was logged since a time, in seconds since the call began."""
        return sum(event.name == name and event.at >= since for event in self.events)

    def _ended(self) -> None:
        if not self.over:
            self.log("call_ended")
            self.microphone.close()

    def _stopped(self, heard: Heard) -> None:
        at = heard.stopped - self.began
        if heard.cut and not self.over:
            self.log("bot_interrupted", at=at)
        self.log("bot_stopped_speaking", at=at)

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            self.log("user_transcription", event.transcript)

    def _user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self.detected.append(self.now)

    def _agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "thinking":
            self.log("llm_started")

    def _speech(self, event: SpeechCreatedEvent) -> None:
        # A realtime model is never seen to think.
        if event.source == "generate_reply" and isinstance(self.session.llm, llm.RealtimeModel):
            self.log("llm_started")

    def _item(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type == "message" and event.item.role == "assistant":
            began = event.item.metrics.get("started_speaking_at")
            # LiveKit has it by the clock on the wall.
            started = None if began is None else self.now - (time.time() - began)
            self.log("response", event.item.text_content or "", started=started)


@asynccontextmanager
async def calling(
    agent: Agent,
    make_session: Callable[[], AgentSession[None]],
    text_input: TextInputCallback = answer_typed_text,
    state: CallState | None = None,
) -> AsyncIterator[Call]:
    """Call `agent` for as long as the block lasts; `state` is that of the call which it takes."""
    async with outside_a_job() as context:
        call = Call(make_session(), context.job.room.sid, text_input)
        if state is not None:
            call.watch(state)
        session = call.session
        # What was said is then known to the word, as in LiveKit's rooms and consoles.
        synchronizer = TranscriptSynchronizer(
            next_in_chain_audio=call.speaker, next_in_chain_text=None
        )
        session.input.audio = call.microphone
        if session.output.audio_enabled:
            session.output.audio = synchronizer.audio_output
            session.output.transcription = synchronizer.text_output
        call.began = time.monotonic()
        await connect(session)
        await session.start(agent)
        try:
            yield call
        finally:
            await call.hang_up()
            await synchronizer.aclose()
            await models.close(session)
