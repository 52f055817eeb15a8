"""Talks in text with an agent that has tools: a language model by script, and a real server."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from aiohttp import web
from livekit.agents import llm

from voice_agent.format.models import Models
from voice_agent.runtime import build, models
from voice_agent.runtime.call_state import CallState, ToolEvent
from voice_agent.runtime.livekit_internals import outside_a_job
from voice_agent.runtime.session import ProfileSession
from voice_agent.runtime.tools.servers import connect

from .profiles import make_profile
from .scripted_llm import Reply, ScriptedLLM, collect_losses, conversation
from .scripted_stt import ScriptedSTT, Silence

_numbers = itertools.count(1)
_TIMEOUT = 10.0  # seconds
# Nothing but the STT says when the caller has spoken, and a turn ends at once.
_BY_EAR = {
    "turn_handling": {
        "turn_detection": "stt",
        "endpointing": {"min_delay": 0, "max_delay": 0},
    },
}


def call(name: str, **arguments: Any) -> llm.FunctionToolCall:
    """Return what a language model writes to call a tool."""
    return llm.FunctionToolCall(
        name=name, arguments=json.dumps(arguments), call_id=f"call_{next(_numbers)}"
    )


@dataclass
class Service:
    """A server that keeps the requests it gets, and answers each once `may_answer` is set."""

    url: str = ""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """A status and data for each request; the last one is repeated."""
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        body = await request.text()
        self.requests.append((request.method, request.path_qs, json.loads(body) if body else None))
        self.asked.set()
        await self.may_answer.wait()
        status, data = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.answered.set()
        if data is None:
            return web.Response(status=status)
        return web.json_response(data, status=status)


@asynccontextmanager
async def serving(*answers: tuple[int, Any]) -> AsyncIterator[Service]:
    """Serve on the loopback interface for as long as the block lasts."""
    service = Service(answers=list(answers) or [(200, {"id": "B-17"})])
    service.may_answer.set()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()


@dataclass
class Talk:
    """A call in text that is under way."""

    session: ProfileSession
    model: ScriptedLLM
    state: CallState
    events: list[ToolEvent]
    lost: list[str]

    @property
    def said(self) -> list[str]:
        """What both sides have said so far."""
        return conversation(self.session)

    async def say(self, text: str) -> None:
        """Type a line, and wait until it is answered."""
        await asyncio.wait_for(await self.begin(text), _TIMEOUT)

    async def begin(self, text: str) -> Any:
        """Type a line, and return the answer's speech once it has begun."""
        return await asyncio.wait_for(self.session.answer(text), _TIMEOUT)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""

        async def so() -> None:
            while not is_so():
                await asyncio.sleep(0.01)

        await asyncio.wait_for(so(), _TIMEOUT)

    def told(self, request: int = -1) -> list[str]:
        """Return what a request to the language model has as results of tools."""
        return [each["content"] for each in self.model.asked[request] if each["role"] == "tool"]

    def names(self) -> list[str]:
        """Return the names of what the tools have done."""
        return [event.name for event in self.events]


@asynccontextmanager
async def talking(
    tools: dict[str, Any] | None,
    *replies: Reply,
    ear: ScriptedSTT | None = None,
    realtime: llm.RealtimeModel | None = None,
    others: Mapping[str, ScriptedLLM] | None = None,
    **keys: Any,
) -> AsyncIterator[Talk]:
    """Talk with the agent of a profile with these tools and keys, whose llm replies by script.

    The caller speaks where there is an `ear`. A `realtime` model takes the place of the script, and
    `others` are the language models of agents with one of their own, by its name.
    """
    if ear:
        keys = {**_BY_EAR, **keys}
    profile = replace(make_profile(tools=tools, **keys), tts=None)
    profile = replace(profile, vad=None) if ear else replace(profile, stt=None)
    model = ScriptedLLM(*replies)
    state = CallState(profile)
    events: list[ToolEvent] = []
    state.watch(events.append)

    def thinking(named: Models, *_: Any) -> Any:
        return (others or {}).get(str(named.first.model)) or realtime or model

    async with outside_a_job():
        lost = collect_losses()
        with (
            mock.patch.object(models, "thinking", side_effect=thinking),
            mock.patch.object(models, "hearing", return_value=ear),
        ):
            session = build.build_session(profile, call=state)
            agent = build.build_agent(profile, state)
        talk = Talk(session, model, state, events, lost)
        async with session:
            if ear:
                session.input.audio = Silence()
            await connect(session)
            await session.start(agent)
            yield talk
        assert talk.lost == []
