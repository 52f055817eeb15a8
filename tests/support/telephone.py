"""Calls in text whose LLM calls tools, in a room that is replaced where LiveKit's begins.

The room and the methods of LiveKit's `JobContext` that reach its server (`delete_room`,
`transfer_sip_participant`, `shutdown`) are fakes, and nothing else is.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from livekit import rtc
from livekit.agents import CloseEvent, JobContext, llm
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice import io

from voice_agent import Profile
from voice_agent.runtime.build import build_agent
from voice_agent.runtime.call_state import CallState, ToolEvent
from voice_agent.runtime.session import ProfileSession

from .scripted_llm import Reply, ScriptedLLM, session

_numbers = itertools.count(1)

PHONE = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
BROWSER = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD


def tool(name: str, **arguments: Any) -> llm.FunctionToolCall:
    """Return the call of a tool, as an LLM makes it."""
    return llm.FunctionToolCall(
        name=name, arguments=json.dumps(arguments), call_id=f"call_{next(_numbers)}"
    )


class Ear(io.TextOutput):
    """Who reads what the agent says: slowly, where a text is `held`, until `go` is set."""

    def __init__(self, held: str) -> None:
        super().__init__(label="ear", next_in_chain=None)
        self.held = held
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.pieces: list[str] = []

    async def capture_text(self, text: str) -> None:
        self.pieces.append(text)
        if self.held and self.held in text:
            self.begun.set()
            await self.go.wait()

    def flush(self) -> None:
        pass


class Room(rtc.EventEmitter[str]):
    """A room at LiveKit's edge: its participants, and what the agent does in it."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "a-room"
        self.remote_participants: dict[str, Any] = {}
        self.local_participant = SimpleNamespace(
            identity="agent", publish_dtmf=self._pressed, perform_rpc=self._asked
        )
        self.pressed: list[tuple[int, str]] = []
        self.rpc: list[dict[str, Any]] = []
        self.answer: Callable[[], str] = lambda: "{}"

    def join(self, identity: str, kind: Any) -> None:
        participant = SimpleNamespace(identity=identity, kind=kind, attributes={})
        self.remote_participants[identity] = participant
        self.emit("participant_connected", participant)

    def leave(self, identity: str) -> None:
        self.emit("participant_disconnected", self.remote_participants.pop(identity))

    async def _pressed(self, *, code: int, digit: str) -> None:
        self.pressed.append((code, digit))

    async def _asked(self, **asked: Any) -> str:
        self.rpc.append(asked)
        return self.answer()


@dataclass
class Talk:
    """A call that is under way."""

    session: ProfileSession
    model: ScriptedLLM
    ear: Ear
    call: CallState
    referred: list[tuple[str, str, bool]] = field(default_factory=list)
    shut_down: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    events: list[ToolEvent] = field(default_factory=list)
    closed: list[CloseEvent] = field(default_factory=list)
    outcome: Callable[[], Any] = object

    @property
    def said(self) -> list[str]:
        """What the agent has said, in order."""
        return [
            message.text_content or ""
            for message in self.session.history.messages()
            if message.role == "assistant"
        ]

    @property
    def cut(self) -> list[str]:
        """What the agent did not get to the end of."""
        return [
            each.text_content or "" for each in self.session.history.messages() if each.interrupted
        ]

    def told(self, name: str) -> list[str]:
        """What the LLM was told by the tool of this name, in order."""
        outputs = (x for x in self.session.history.items if x.type == "function_call_output")
        return [each.output for each in outputs if each.name == name]

    def noted(self, name: str) -> list[dict[str, Any]]:
        """The details of every event of this name."""
        return [dict(each.details) for each in self.events if each.name == name]

    async def hear(self, text: str) -> None:
        """Have the caller say something, and wait until all that comes of it is over."""
        await self.session.answer(text)
        await self.quiet()

    async def quiet(self) -> None:
        await asyncio.wait_for(self.session.finish_speaking(), 10)
        await asyncio.sleep(0)

    async def ended(self) -> None:
        """Wait until the session has ended."""
        while not self.closed:
            await asyncio.sleep(0.01)


async def offered(talk: Talk, wanted: set[str]) -> None:
    """Wait until the agent has exactly these tools."""

    async def ask() -> None:
        while {each.id for each in talk.session.current_agent.tools} != wanted:
            await asyncio.sleep(0)

    await asyncio.wait_for(ask(), 5)


@asynccontextmanager
async def talking(
    profile: Profile, *replies: Reply, room: Room | None = None, held: str = ""
) -> AsyncIterator[Talk]:
    """Call the agent of `profile`, whose LLM gives these replies, in `room` or in none."""
    model = ScriptedLLM(*replies)
    async with http_context.open():
        with fake_job_context(room=room) as job:  # type: ignore[arg-type]
            made = session(model)
            made.output.transcription = ear = Ear(held)
            talk = Talk(made, model, ear, CallState(profile, job=job))
            if room:
                _connect(job, talk)
            talk.call.watch(talk.events.append)
            made.on("close", talk.closed.append)
            await made.start(build_agent(profile, talk.call))
            try:
                yield talk
            finally:
                ear.go.set()
                await made.aclose()


def _connect(job: JobContext, talk: Talk) -> None:
    """Have the job be one in a room, whose server is this test."""

    async def transfer(who: Any, to: str, play_dialtone: bool = False) -> Any:
        talk.referred.append((who.identity, to, play_dialtone))
        answer = talk.outcome()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def delete_room() -> None:
        talk.deleted.append(job.room.name)

    def shutdown(reason: str = "") -> None:
        talk.shut_down.append(reason)
        running.extend(asyncio.ensure_future(each()) for each in callbacks)

    callbacks: list[Callable[[], Any]] = []
    running: list[Any] = []
    fakes: dict[str, Any] = {
        "is_fake_job": lambda: False,
        "transfer_sip_participant": transfer,
        "delete_room": delete_room,
        "add_shutdown_callback": callbacks.append,
        "shutdown": shutdown,
    }
    for name, fake in fakes.items():
        setattr(job, name, fake)
