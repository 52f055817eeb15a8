"""LiveKit's settings in a profile: what is written reaches LiveKit, and does what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from livekit.agents import Agent, AgentSession, UserStateChangedEvent, function_tool
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice.room_io import RoomOptions
from support import ROOT
from support.profiles import make_profile

from voice_agent import Profile, build, load
from voice_agent.commands import show
from voice_agent.format import sdk_source
from voice_agent.format.loader import examine_file
from voice_agent.format.schema import nested_keys, part_at
from voice_agent.runtime.session import ProfileSession

# The mappings of the schema that are LiveKit's own.
MAPPINGS = ("turn_handling", "session")
SETTINGS = [
    (mapping, *path)
    for mapping in MAPPINGS
    for path in nested_keys(part_at([mapping]))
    if "properties" not in part_at([mapping, *path])
]


def of_session(session: ProfileSession, path: tuple[str, ...]) -> Any:
    """Return what a session has made of the setting at a path."""
    options = session.options
    if path[0] == "session":
        return getattr(options, path[1])
    value: Any = options.turn_handling
    for key in path[1:]:
        value = value[key]
    return value


@pytest.fixture
async def no_leftovers() -> AsyncIterator[None]:
    """End what a session begins as it is made, to be quicker in its first call."""
    before = asyncio.all_tasks()
    yield
    begun = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


@pytest.mark.usefixtures("offline", "no_leftovers")
class TestBuilt:
    """What a session is built with."""

    @pytest.mark.parametrize("path", SETTINGS, ids=".".join)
    async def test_what_show_calls_livekit_s_default_is_what_a_session_has(
        self, path: tuple[str, ...]
    ) -> None:
        session = build.build_session(make_profile())
        checked = examine_file(ROOT / "tests/valid/least.yaml")
        assert checked.source
        shown: Any = show.effective(checked.source, "least")
        for key in path:
            shown = shown[key]
        assert shown.origin == "livekit"
        assert of_session(session, path) == shown.value

    @pytest.mark.parametrize("path", SETTINGS, ids=".".join)
    async def test_every_example_of_a_setting_reaches_the_session(
        self, path: tuple[str, ...]
    ) -> None:
        for example in part_at(path)["examples"]:
            written: Any = example
            for key in path[:0:-1]:
                written = {key: written}
            session = build.build_session(make_profile(**{path[0]: written}))
            assert of_session(session, path) == example

    async def test_a_timeout_of_null_is_not_the_same_as_none_given(self) -> None:
        given = load(ROOT / "tests/valid/settings.yaml")
        assert given.session == {"user_away_timeout": None, "max_tool_steps": 8}
        assert build.build_session(given).options.user_away_timeout is None
        assert make_profile().session == {}
        assert build.build_session(make_profile()).options.user_away_timeout == 15.0

    async def test_settings_leave_the_short_forms_at_the_top_alone(self) -> None:
        profile = make_profile(
            allow_interruptions=False,
            preemptive_generation=False,
            turn_handling={"interruption": {"min_words": 2}},
        )
        options = build.build_session(profile).options
        assert options.preemptive_generation["enabled"] is False
        assert options.interruption["min_words"] == 2
        assert build.build_agent(profile).allow_interruptions is False


def test_livekit_s_defaults_are_read_where_it_has_them() -> None:
    assert sdk_source.default("voice/turn:PreemptiveGenerationOptions.enabled") == (True,)
    assert sdk_source.default("voice/agent_session:AgentSession.max_tool_steps") == (3,)
    # NOT_GIVEN: LiveKit decides in the call.
    assert sdk_source.default("voice/agent_session:AgentSession.turn_detection") == ()


async def test_the_defaults_that_are_read_are_those_of_a_session_of_livekit_s() -> None:
    options = AgentSession[None]().options
    for name in ("aec_warmup_duration", "tts_text_transforms", "session_close_transcript_timeout"):
        [read] = sdk_source.default(f"voice/agent_session:AgentSession.{name}")
        assert read == getattr(options, name)
    for name in ("close_on_disconnect", "delete_room_on_close"):
        [read] = sdk_source.default(f"voice/room_io/types:RoomOptions.{name}")
        assert read == getattr(RoomOptions(), name)


@asynccontextmanager
async def started(profile: Profile, agent: Agent) -> AsyncIterator[ProfileSession]:
    """Start a session of text alone, without a room."""
    async with http_context.open():
        with fake_job_context():
            # Nothing is spoken, so nothing is to be recognized or synthesized.
            session = build.build_session(replace(profile, stt=None, tts=None))
            models = [model for model in (session.stt, session.llm, session.tts) if model]
            try:
                await session.start(agent)
                yield session
            finally:
                await session.aclose()
                for model in models:
                    await model.aclose()


async def test_a_caller_who_is_silent_for_the_timeout_counts_as_away(offline: None) -> None:
    profile = make_profile(session={"user_away_timeout": 0.2})
    away = asyncio.Event()

    def note(event: UserStateChangedEvent) -> None:
        if event.new_state == "away":
            away.set()

    async with started(profile, build.build_agent(profile)) as session:
        session.on("user_state_changed", note)
        await asyncio.wait_for(away.wait(), 10)


@pytest.fixture
async def eager_llm(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[dict[str, Any]]]:
    """LiveKit's LLM client meets a model that calls a tool whenever it may; what it was asked."""
    asked: list[dict[str, Any]] = []

    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked.append(body)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta, reason in _answer(len(asked), may_call=body.get("tool_choice") != "none"):
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
            choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
            data = json.dumps({**chunk, "choices": choices})
            await response.write(f"data: {data}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    async def list_models(_: web.Request) -> web.Response:
        return web.json_response({"data": []})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    app.router.add_get("/v1/models", list_models)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    monkeypatch.setenv("LIVEKIT_INFERENCE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("LIVEKIT_INFERENCE_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_INFERENCE_API_SECRET", "s" * 32)
    yield asked
    await runner.cleanup()


def _answer(number: int, *, may_call: bool) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield the pieces of an answer, and why it ends with the last."""
    if may_call:
        function = {"name": "look_up", "arguments": "{}"}
        call = {"index": 0, "id": f"c{number}", "type": "function", "function": function}
        yield {"tool_calls": [call]}, None
        yield {}, "tool_calls"
    else:
        yield {"role": "assistant", "content": "That is all."}, None
        yield {}, "stop"


class _Looking(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Look things up.")
        self.looked = 0

    @function_tool
    async def look_up(self) -> str:
        """Look something up."""
        self.looked += 1
        return "nothing yet"


@pytest.mark.parametrize("steps", [0, 1, 4])
async def test_an_llm_calls_tools_again_as_often_as_max_tool_steps_says(
    eager_llm: list[dict[str, Any]], steps: int
) -> None:
    agent = _Looking()
    async with started(make_profile(session={"max_tool_steps": steps}), agent) as session:
        await asyncio.wait_for(session.run(user_input="Look it up."), 20)
    assert agent.looked == 1 + steps
    assert len(eager_llm) == 1 + steps + 1
