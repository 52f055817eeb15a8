"""LiveKit's settings in a profile: what is written reaches LiveKit, and does what it says."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple, cast

import pytest
import yaml
from aiohttp import web
from livekit.agents import (
    NOT_GIVEN,
    Agent,
    AgentSession,
    UserStateChangedEvent,
    function_tool,
    inference,
)
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_session import VoiceActivityVideoSampler
from livekit.agents.voice.room_io import RoomOptions
from livekit.plugins import silero
from support import ROOT
from support.profiles import MINIMAL, make_profile

from voice_agent import Profile, build, load
from voice_agent.commands import show
from voice_agent.format import sdk_source
from voice_agent.format.loader import examine_text
from voice_agent.format.schema import nested_keys, part_at
from voice_agent.format.templates import render
from voice_agent.runtime import listeners, offline, plugins
from voice_agent.runtime.session import ProfileSession

# The mappings of the schema that are LiveKit's own.
MAPPINGS = ("turn_handling", "session")
SETTINGS = [
    (mapping, *path)
    for mapping in MAPPINGS
    for path in nested_keys(part_at([mapping]))
    if part_at([mapping, *path]).get("type") != "object"
]
EVERYTHING = ROOT / "tests/valid/everything.yaml"
Where = tuple[str, ...]


def _detector_options(detector: inference.TurnDetector) -> dict[str, Any]:
    thresholds, cloud = detector._opts.thresholds, detector._cloud_opts
    return {
        "version": detector.model.removeprefix("turn-detector-"),
        "unlikely_threshold": thresholds.overrides,
        "backchannel_threshold": thresholds.backchannel_overrides,
        "local_fallback": detector._local_fallback,
        **{key: getattr(cloud, key, None) for key in ("base_url", "api_key", "api_secret")},
    }


class Built(NamedTuple):
    """What is built from a profile."""

    session: AgentSession[None]
    agent: Agent


# Where settings are kept that are not among the session's options by their own names.
KEPT: dict[Where, Callable[[Built], Any]] = {
    ("turn_handling", "turn_detection"): lambda built: built.session.turn_detection,
    ("turn_handling", "interruption", "enabled"): lambda built: built.agent.allow_interruptions,
    ("turn_handling",): lambda built: built.session.options.turn_handling,
    ("session", "expressive"): lambda built: built.session._expressive,
    ("session", "tool_handling", "async_options"): lambda built: built.session._async_tool_options,
    ("session", "conn_options"): lambda built: built.session.conn_options,
    ("session", "video_sampler"): lambda built: built.session._video_sampler,
    ("session",): lambda built: built.session.options,
}


def built(profile: Profile) -> Built:
    return Built(build.build_session(profile), build.build_agent(profile))


def setting_of(made: Built, path: Where) -> Any:
    """Return what has become of the setting at a path."""
    kept = next(path[:end] for end in range(len(path), 0, -1) if path[:end] in KEPT)
    value = KEPT[kept](made)
    for key in path[len(kept) :]:
        if isinstance(value, inference.TurnDetector):
            value = _detector_options(value)
        value = value[key] if isinstance(value, dict) else getattr(value, key)
    return plain(value)


def shown_defaults(keys: dict[str, Any]) -> Iterator[tuple[Where, Any]]:
    """Yield what `show` says of a profile with these keys that LiveKit's default for it is."""

    def leaves(values: show.Values, *above: str) -> Iterator[tuple[Where, Any]]:
        for key, value in values.items():
            if isinstance(value, dict):
                yield from leaves(value, *above, key)
            elif value.origin == "livekit" and above and above[0] in MAPPINGS:
                yield (*above, key), value.value

    checked = examine_text(json.dumps({**yaml.safe_load(MINIMAL), **keys}), "desk.yaml")
    assert checked.source
    yield from leaves(show.effective(checked.source, "desk"))


def get(data: Any, path: Where) -> Any:
    return reduce(getitem, path, data)


def plain(value: Any) -> Any:
    """Return a setting as it is compared: what only Python can say by its kind."""
    if isinstance(value, (list, tuple)):
        return ["replace" if callable(each) or isinstance(each, dict) else each for each in value]
    if isinstance(value, inference.TurnDetector):
        given = _detector_options(value)
        return {key: each for key, each in given.items() if each not in (NOT_GIVEN, None)}
    if isinstance(value, VoiceActivityVideoSampler):
        return {"speaking_fps": value.speaking_fps, "silent_fps": value.silent_fps}
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


@pytest.fixture
def made_by_plugins(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """Return what plugins are asked to make; each makes its own name."""
    asked: list[tuple[str, str, Any]] = []

    def construct(name: str, role: str, options: Any) -> str:
        asked.append((name, role, options))
        return name

    monkeypatch.setattr(plugins, "construct", construct)
    listeners._loaded.cache_clear()
    return asked


@pytest.mark.usefixtures("offline", "no_leftovers")
class TestBuilt:
    """What a session is built with."""

    @pytest.mark.parametrize("detection", ["left out", {}, "vad", None])
    async def test_what_show_calls_livekit_s_default_is_what_a_session_has(
        self, detection: object
    ) -> None:
        handling = {} if detection == "left out" else {"turn_detection": detection}
        empty = ("conn_options", "stt_context_options", "tool_handling", "video_sampler")
        keys = {"turn_handling": handling, "session": {key: {} for key in empty}}
        made, defaults = built(make_profile(**keys)), dict(shown_defaults(keys))
        assert len(defaults) > 40
        assert {path: setting_of(made, path) for path in defaults} == defaults

    async def test_every_setting_of_the_profile_that_sets_all_reaches_the_session(self) -> None:
        whole = yaml.safe_load(EVERYTHING.read_text("utf-8"))
        made = built(load(EVERYTHING))
        written = {path: plain(get(whole, path)) for path in SETTINGS}
        assert {path: setting_of(made, path) for path in SETTINGS} == written

    async def test_every_example_of_a_setting_reaches_the_session(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("TURN_DETECTOR_KEY", "TURN_DETECTOR_SECRET"):
            monkeypatch.setenv(name, "s" * 32)
        whole = yaml.safe_load(EVERYTHING.read_text("utf-8"))
        for path in SETTINGS:
            for example in part_at(path)["examples"]:
                if isinstance(example, dict) and "plugin" in example:
                    continue  # An object of the plugin's own.
                changed = json.loads(json.dumps(whole))
                get(changed, path[:-1])[path[-1]] = example
                made = setting_of(built(make_profile(**changed)), path)
                wanted = plain(render(example, lambda _: "s" * 32))
                assert made == wanted or wanted.items() <= made.items(), path

    async def test_a_timeout_of_null_is_not_the_same_as_none_given(self) -> None:
        given = load(ROOT / "tests/valid/settings.yaml")
        assert given.session == {"user_away_timeout": None, "max_tool_steps": 8}
        assert build.build_session(given).options.user_away_timeout is None
        assert make_profile().session == {}
        assert build.build_session(make_profile()).options.user_away_timeout == 15.0

    async def test_words_are_replaced_before_they_are_spoken(self) -> None:
        async def said() -> AsyncIterator[str]:
            for piece in ("Live", "Kit is not ", "livekit."):
                yield piece

        async def heard(**options: Any) -> str:
            transforms = [{"replace": {"LiveKit": "live kit"}, **options}]
            profile = make_profile(session={"tts_text_transforms": transforms})
            made = build.build_session(profile).options.tts_text_transforms
            assert made
            assert callable(made[0])
            return "".join([piece async for piece in made[0](said())])

        assert await heard() == "live kit is not live kit."
        assert await heard(case_sensitive=True) == "live kit is not livekit."

    async def test_offline_the_turn_detector_stays_on_this_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(offline.VARIABLE, "1")
        detector = build.build_session(load(EVERYTHING)).turn_detection
        assert isinstance(detector, inference.TurnDetector)
        made = _detector_options(detector)
        assert made["base_url"] == os.environ["LIVEKIT_INFERENCE_URL"]
        assert made["api_key"] != "key"

    async def test_the_options_of_the_vad_reach_silero(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[dict[str, Any]] = []
        real = silero.VAD.load
        monkeypatch.setattr(silero.VAD, "load", lambda **options: asked.append(options) or real())
        # Another threshold than elsewhere, so that no other session has such a VAD yet.
        vad = {**yaml.safe_load(EVERYTHING.read_text("utf-8"))["vad"], "activation_threshold": 0.7}
        assert build.build_session(make_profile(vad=vad)).vad
        assert asked == [vad]

    async def test_sessions_that_ask_for_the_same_share_a_vad(self) -> None:
        keen, same = ({"activation_threshold": 0.3, **rest} for rest in ({}, {}))
        first, second = (build.build_session(make_profile(vad=each)).vad for each in (keen, same))
        assert first is second
        other = build.build_session(make_profile()).vad
        assert isinstance(other, silero.VAD)
        assert other is not first
        assert build.build_session(make_profile()).vad is other

    async def test_plugins_hear_speech_and_the_end_of_turns_but_not_offline(
        self, monkeypatch: pytest.MonkeyPatch, made_by_plugins: list[tuple[str, str, Any]]
    ) -> None:
        detector = {"plugin": "toons.Detector", "eager": "{{ secrets.EAGER }}"}
        profile = replace(
            make_profile(),
            turn_handling={"turn_detection": cast(Any, detector)},
            vad=cast(Any, {"plugin": "toons.Ear", "loud": 0.5}),
        )
        monkeypatch.setenv("EAGER", "very")
        session = build.build_session(profile)
        assert made_by_plugins == [
            ("toons.Ear", "vad", {"loud": 0.5}),
            ("toons.Detector", "turn_detection", {"eager": "very"}),
        ]
        assert session.vad == "toons.Ear"
        assert session.turn_detection == "toons.Detector"
        monkeypatch.setenv(offline.VARIABLE, "1")
        listeners._loaded.cache_clear()
        session = build.build_session(profile)
        assert isinstance(session.vad, silero.VAD)
        assert isinstance(session.turn_detection, inference.TurnDetector)
        assert len(made_by_plugins) == 2

    async def test_a_vad_of_null_is_none_and_one_by_name_is_livekit_s_own(self) -> None:
        assert build.build_session(replace(make_profile(), vad=None)).vad is None
        own = {"model": "silero", "activation_threshold": 0.6}
        vad = build.build_session(make_profile(vad=own)).vad
        assert isinstance(vad, inference.VAD)
        assert vad._opts.activation_threshold == 0.6

    @pytest.mark.parametrize("value", [True, False])
    async def test_both_forms_of_a_setting_are_the_same_profile(self, value: bool) -> None:
        short = make_profile(allow_interruptions=value, preemptive_generation=value)
        enabled = {"enabled": value}
        long = make_profile(
            turn_handling={"interruption": enabled, "preemptive_generation": enabled}
        )
        assert short == long
        assert built(long).agent.allow_interruptions is value
        assert built(long).session.options.preemptive_generation["enabled"] is value

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
