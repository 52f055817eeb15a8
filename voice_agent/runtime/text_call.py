"""One call in text: an agent's session without audio, and what happens in it as plain events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from livekit.agents import (
    AgentStateChangedEvent,
    CloseEvent,
    ConversationItemAddedEvent,
    ErrorEvent,
)
from livekit.agents.voice.io import TextOutput

from ..format.profile import Profile
from . import build, models
from .agents.keys import are_heard, keys_of, press
from .call_state import CallState, ToolEvent
from .livekit_internals import is_closing, outside_a_job
from .model_failures import describe, is_retried
from .origins import taken
from .readable import readable
from .redaction import Redaction
from .session import CutOff, ProfileSession
from .tool_lines import HUNG_UP, ToolLines
from .tools.servers import connect


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The agent is about to answer this line."""

    text: str
    from_profile: bool = False
    """Whether it stands in the profile's `on_enter`, and was not typed."""
    is_private: bool = False
    """Whether it is said while something is collected that no transcript may have."""


@dataclass(frozen=True, slots=True)
class AgentIs:
    """The agent listens, thinks or speaks from now on."""

    state: str
    """"initializing", "listening", "thinking" or "speaking"."""


@dataclass(frozen=True, slots=True)
class AgentSays:
    """The next piece of what the agent says."""

    text: str
    is_private: bool = False
    """As for the caller's words."""


@dataclass(frozen=True, slots=True)
class AgentStopped:
    """The agent has said the last piece, even if it was cut short."""


@dataclass(frozen=True, slots=True)
class AgentCutOff:
    """What the agent last said was cut short."""


@dataclass(frozen=True, slots=True)
class AgentFailed:
    """The agent could not answer."""

    cause: str
    """Sentences: what went wrong, and what to do about it."""


@dataclass(frozen=True, slots=True)
class ToolActed:
    """A tool has done something, or a key or an agent."""

    line: str
    """What it has done, in square brackets."""


@dataclass(frozen=True, slots=True)
class AgentHolds:
    """One agent of several holds the call from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """LiveKit has ended the call."""

    failed: bool
    """Whether it did so because too much went wrong."""


Event: TypeAlias = (
    CallerSaid
    | AgentIs
    | AgentSays
    | AgentStopped
    | AgentCutOff
    | AgentFailed
    | ToolActed
    | AgentHolds
    | CallEnded
)


class CallOver(Exception):
    """The call is ending or has ended, and takes no more lines."""


@asynccontextmanager
async def text_call(profile: Profile, show: Callable[[Event], None]) -> AsyncIterator[TextCall]:
    """Call the agent of `profile` for as long as the block lasts, from when its opening begins.

    `show` is called with each event as it happens, those of the opening and of the end too. Raises
    Unavailable where an MCP server cannot be used that the profile requires.
    """
    async with outside_a_job() as job:
        state = CallState(profile, await taken(profile, job), job)
        # Nothing is spoken, so nothing is to be recognized or synthesized.
        session = build.build_session(replace(profile, stt=None, tts=None), call=state)
        opening = profile.on_enter and profile.on_enter.user_input
        seed = state.values.spoken(opening) if opening else None
        state.watch(ToolLines(profile, lambda line: show(ToolActed(line))).tell)
        state.watch(lambda event: _holds(event, show))
        call = TextCall(session, seed, show, state)
        try:
            agent = build.build_agent(profile, state)
            await connect(session)
            await session.start(agent)
            await agent.entered.wait()
            yield call
        finally:
            await session.aclose()
            await models.close(session)


class TextCall:
    """A call in text that is under way."""

    def __init__(
        self,
        session: ProfileSession,
        seed: str | None,
        show: Callable[[Event], None],
        state: CallState,
    ) -> None:
        self._session = session
        self._seed = seed
        self._show = show
        self._call = state
        session.output.transcription = _Words(show, state.redaction)
        session.on("agent_state_changed", self._state)
        session.on("conversation_item_added", self._item)
        session.on("error", self._error)
        session.on("close", self._close)

    async def answer(self, line: str) -> None:
        """Have the agent begin to answer `line`, once it may be interrupted or is silent.

        Raises CallOver where LiveKit has ended the call, after the event that says so.
        """
        async with self._taking_lines():
            await self._session.answer(readable(line))

    async def say(self, text: str) -> None:
        """Have the agent say exactly this, after what it has begun to say; see `answer`."""
        async with self._taking_lines():
            self._session.say(readable(text))

    async def press(self, keys: str) -> None:
        """Press keys of the telephone, and return once what they do has begun.

        Raises CallOver as `answer` does, and ValueError for a key that no telephone has.
        """
        if is_closing(self._session):
            await self._session.aclose()
            raise CallOver
        unheard = []
        for digit in keys:
            if not are_heard(self._call, self._session):
                unheard.append(digit)
            await press(self._call, digit)
        if unheard:
            self._show(ToolActed(f"[{''.join(unheard)} pressed, but nothing listens to keys now]"))
        await keys_of(self._call).settled()

    def cut_off(self) -> CutOff:
        """Cut the agent off, as a caller would."""
        return self._session.cut_off()

    async def finish_speaking(self) -> None:
        """Wait until the agent has said all that it has begun to say."""
        await self._session.finish_speaking()

    @asynccontextmanager
    async def _taking_lines(self) -> AsyncIterator[None]:
        try:
            yield
        except RuntimeError:
            if not is_closing(self._session):
                raise
            await self._session.aclose()  # which waits until LiveKit has ended it
            raise CallOver from None

    def _state(self, event: AgentStateChangedEvent) -> None:
        self._show(AgentIs(event.new_state))

    def _item(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type != "message":
            return
        text = event.item.text_content or ""
        if event.item.role == "user":
            from_profile = text == self._seed
            if from_profile:
                self._seed = None
            is_private = self._call.redaction.is_private
            self._show(CallerSaid(readable(text), from_profile, is_private))
        elif event.item.interrupted:
            self._show(AgentCutOff())

    def _error(self, event: ErrorEvent) -> None:
        if not is_retried(event.error):
            self._show(AgentFailed(readable(describe(event.error))))

    def _close(self, event: CloseEvent) -> None:
        if self._call.ended_by:
            self._show(ToolActed(HUNG_UP))
        self._show(CallEnded(failed=event.error is not None))


def _holds(event: ToolEvent, show: Callable[[Event], None]) -> None:
    if event.name == "agent_entered":
        show(AgentHolds(event.tool))


class _Words(TextOutput):
    """Where LiveKit writes what the agent says."""

    def __init__(self, show: Callable[[Event], None], redaction: Redaction) -> None:
        super().__init__(label="text console", next_in_chain=None)
        self._show = show
        self._redaction = redaction

    async def capture_text(self, text: str) -> None:
        """Show a piece of what the agent says."""
        self._show(AgentSays(readable(text), self._redaction.is_private))

    def flush(self) -> None:
        """Show that this was all."""
        self._show(AgentStopped())
