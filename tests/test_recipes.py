"""LiveKit's own published examples as profiles: each is valid, built as its original, rehearsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from textwrap import wrap
from typing import Any

import pytest
from livekit.agents import Agent, Plugin, llm
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from support import ROOT, Golden
from support.profiles import yaml_files

from voice_agent import build, load
from voice_agent.format.option_types import Room
from voice_agent.format.plugins.problems import uses
from voice_agent.format.profile import Profile
from voice_agent.lint.check import check_file
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.results import CallResult
from voice_agent.runtime import settings
from voice_agent.runtime.avatar import build_avatar
from voice_agent.runtime.background import build_player

RECIPES = {path.stem: ROOT / path for path in yaml_files("tests/recipes")}
CALLED = {**RECIPES, "bookings": ROOT / "profiles" / "bookings.yaml"}

# What `validate` warns about in them, beside plugins that are not installed.
WARNED = {
    # As the example has it, a voice stands by for a realtime model that answers in writing.
    "realtime-load-chat-history": ["realtime"],
    # As the example has it, a realtime model is told to begin early.
    "grok-voice-agent-api": ["realtime"],
    # As the example has it, LiveKit is told what a realtime model decides by itself.
    "tavus-avatar": ["realtime"],
}

INTERRUPTION = "session.options.interruption"
TURNS = "session.options.turn_handling"

# The settings of the originals, as the objects of LiveKit's have them that a profile is made into.
SETTINGS: dict[str, dict[str, Any]] = {
    "agent-starter-python": {
        "session.llm.model": "openai/gpt-5.2-chat-latest",
        "session.stt._opts.model": "deepgram/nova-3",
        "session.stt._opts.language": "multi",
        "session.tts._opts.model": "cartesia/sonic-3",
        "session.tts._opts.voice": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
        "session.options.preemptive_generation.enabled": True,
        "room.audio_input.noise_cancellation.__class__.__name__": "AICousticsAudioEnhancer",
        "session.turn_detection.__class__.__name__": "MultilingualModel",
    },
    "annotated-tool-args": {
        "session.llm.model": "google/gemini-2.5-flash",
        "tools.get_weather.parameters.required": ["location"],
        "tools.toggle_light.parameters.properties.room.enum": [
            *("bedroom", "living room", "kitchen", "bathroom", "office", "garage"),
        ],
        "tools.toggle_light.parameters.properties.switch_to.enum": ["on", "off"],
        "tools.get_number.parameters.properties.value.type": "integer",
        "tools.get_number.parameters.required": [],
    },
    "async-tool-agent": {
        "session.llm.model": "google/gemini-3.1-flash-lite",
        "session.tts._opts.voice": "e07c00bc-4134-4eae-9ea4-1a55fb45746b",
        f"{INTERRUPTION}.mode": "vad",
        "tools.book_flight.parameters.properties.email.type": "string",
        # LiveKit's own, with which the llm confirms a second call.
        "tools.tour_guide.parameters.required": [
            *("destination", "interests", "lk_agents_confirm_duplicate"),
        ],
    },
    "background-audio": {
        "session.llm.__class__.__module__": "livekit.plugins.openai.realtime.realtime_model",
        "sounds._ambient_sound.0.source.name": "OFFICE_AMBIENCE",
        "sounds._ambient_sound.0.volume": 0.8,
        "sounds._thinking_sound.1.source.name": "KEYBOARD_TYPING2",
        "sounds._thinking_sound.1.volume": 0.7,
    },
    "basic-agent": {
        "session.stt._opts.language": "multi",
        "session.tts._opts.voice": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
        f"{INTERRUPTION}.false_interruption_timeout": 1.0,
        "session.options.preemptive_generation.max_retries": 3,
        "session.options.aec_warmup_duration": 3.0,
        "tools.lookup_weather.parameters.required": ["location", "latitude", "longitude"],
        "tools.end_call.name": "end_call",
    },
    "basic-dtmf-agent": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "session.tts._opts.model": "inworld/inworld-tts-1",
        "tools": {},
    },
    "cartesia": {
        "session.stt.model": "ink-2",
        "session.stt.provider": "Cartesia",
        "session.tts.model": "sonic-3.5",
        "session.tts._opts.api_key": "CARTESIA_API_KEY's",
        "session.turn_detection": "stt",
        "session.llm._llm_instances.0.model": "google/gemini-3-flash",
        "session.llm._llm_instances.1.model": "claude-haiku-4-5",
    },
    "changing-language": {
        "session.llm.model": "openai/gpt-4o",
        "session.stt._opts.language": "en",
        "tools.switch_language.parameters.properties.choice.enum": [
            *("english", "spanish", "french", "german", "italian"),
        ],
    },
    "context-variables": {
        "session.stt._opts.model": "assemblyai/universal-streaming",
        "session.llm._opts.provider": "openai",
        "tools": {},
    },
    "data-capture-sim": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "tools.collect_email.parameters.required": [],
        "tools.collect_credit_card.parameters.required": [],
    },
    "doheny-surf-desk": {
        "session.stt._opts.model": "deepgram/nova-2",
        "session.llm.model": "openai/gpt-4o",
        "session.tts._opts.voice": "a167e0f3-df7e-4d52-a9c3-f949145efdab",
        "session.turn_detection.__class__.__name__": "MultilingualModel",
        "room.audio_input.noise_cancellation.__class__.__name__": "NoiseCancellationOptions",
    },
    "email-example": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "tools.register_for_event.parameters.required": [],
    },
    "error-callback": {
        "session.stt._opts.model": "deepgram/nova-3",
        "session.llm._llm_instances.0.model": "openai/gpt-4.1-mini",
        "session.llm._attempt_timeout": 5,
        "session.tts._opts.model": "cartesia/sonic-3",
    },
    "expressive-agent": {
        "session.stt._opts.model": "assemblyai/universal-3-5-pro",
        "session.stt._opts.language": "en",
        "session.llm.model": "google/gemma-4-31b-it",
        "session.tts._opts.model": "fishaudio/s2.1-pro",
        "session.tts._opts.voice": "51b44863613e405a896f7f4294c6e6d0",
        "session.turn_detection.__class__.__name__": "TurnDetector",
        f"{INTERRUPTION}.mode": "adaptive",
        "session.options.preemptive_generation.enabled": True,
    },
    "filler-agent": {
        "session.llm.model": "openai/gpt-5.3-chat-latest",
        f"{INTERRUPTION}.mode": "vad",
        "tools.book_flight.parameters.required": ["origin", "destination", "date"],
    },
    "flush-llm-node": {
        "session.stt._opts.language": "en",
        "tools.get_weather.parameters.required": ["location", "latitude", "longitude"],
    },
    "frontdesk": {
        "session.llm.model": "google/gemma-4-31b-it",
        "session.tts._opts.voice": "Nadia",
        "session.options.user_away_timeout": 10,
        "tools.schedule_appointment.parameters.required": ["slot_id"],
        "tools.list_available_slots.parameters.properties.range.enum": [
            *("+2week", "+1month", "+3month", "default"),
        ],
    },
    "grok-voice-agent-api": {
        "session.llm.__class__.__module__": "livekit.plugins.xai.realtime.realtime_model",
        "session.llm._opts.voice": "ara",
    },
    "home-assistant": {
        "session.llm.model": "openai/gpt-5-mini",
        "tools.list_devices.parameters.required": [],
        "tools.control_device.parameters.required": ["entity_id", "state"],
        "tools.control_device.parameters.properties.state.enum": ["on", "off"],
    },
    "inference-avatar": {
        "session.stt._opts.model": "deepgram/nova-3",
        "session.llm.model": "google/gemini-2.5-flash",
        "avatar.__class__.__module__": "livekit.agents.inference.avatar",
        "avatar._extra_kwargs.image_url": "LEMONSLICE_IMAGE_URL's",
    },
    "instructions-per-modality": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "tools.book_appointment.parameters.required": ["date", "time"],
    },
    "interrupt-user": {f"{TURNS}.user_turn_limit.max_words": 25},
    "ivr-routing": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "session.turn_detection.__class__.__name__": "MultilingualModel",
    },
    "listen-and-respond": {
        "session.stt._opts.model": "assemblyai/universal-streaming",
        "session.stt._opts.language": "en",
        "session.llm.model": "openai/gpt-5-mini",
        "session.llm._opts.provider": "openai",
        "session.tts._opts.voice": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",
    },
    "llamaindex-query-engine": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "tools.query_info.parameters.required": ["query"],
    },
    "long-running-function": {
        "session.tts._opts.model": "cartesia/sonic-3",
        "tools.search_web.parameters.required": ["query"],
    },
    "mcp-agent": {"session.stt._opts.language": "multi", "tools": {}},
    "medical-office-triage": {
        "session.stt._opts.model": "assemblyai/universal-streaming",
        "session.tts._opts.voice": "6f84f4b8-58a2-430c-8c79-688dad597532",
        "tools.handoff_to_support.parameters.required": [],
        "tools.handoff_to_billing.parameters.required": [],
    },
    "multi-agent": {
        "session.llm.model": "openai/gpt-4.1-mini",
        "session.stt._opts.model": "deepgram/nova-3",
        "tools.handoff_to_story.parameters.required": ["user_name", "location"],
    },
    "nutrition-assistant": {
        "session.llm.model": "openai/gpt-4o",
        "room.audio_input.noise_cancellation.__class__.__name__": "NoiseCancellationOptions",
        "tools.consumed_food.parameters.properties.calories.type": "number",
        "tools.get_daily_calories.parameters.required": [],
    },
    "otel-trace": {
        "session.stt._opts.fallback.0.model": "cartesia/ink-whisper",
        "session.llm._llm_instances.0.model": "openai/gpt-4.1-mini",
        "session.llm._llm_instances.1.model": "google/gemini-2.5-flash",
        "session.tts._opts.fallback.0.model": "rime/coda",
        "session.tts._opts.fallback.0.voice": "astra",
        "agent.id": "kelly",
        "tools.lookup_weather.parameters.required": ["location"],
        "tools.handoff_to_alloy.parameters.required": [],
    },
    "outbound-caller": {
        "session.stt.provider": "Deepgram",
        "session.llm.model": "gpt-4o",
        "session.turn_detection.__class__.__name__": "EnglishModel",
        "room.audio_input.noise_cancellation.__class__.__name__": "NoiseCancellationOptions",
        "tools.look_up_availability.parameters.required": ["date"],
        "tools.confirm_appointment.parameters.required": ["date", "time"],
        "tools.end_call.name": "end_call",
    },
    "pipeline-translator": {
        "session.llm.model": "openai/gpt-4o",
        "session.tts.model": "eleven_multilingual_v2",
    },
    "raw-function-description": {
        "session.llm.__class__.__module__": "livekit.plugins.openai.realtime.realtime_model",
        "tools.open_gate.parameters.properties.gate_id.enum": [
            *("main_entrance", "north_parking", "loading_dock", "side_gate", "service_entry"),
        ],
        "tools.open_gate.parameters.required": ["gate_id"],
    },
    "realtime-load-chat-history": {
        "session.llm._opts.voice": "alloy",
        "session.llm._opts.model": "gpt-4o-mini-realtime-preview",
        "agent.chat_ctx.items.3.content": [
            "I'll have four days. What are the main attractions I should see?",
        ],
    },
    "realtime-turn-detector": {
        "session.llm._opts.voice": "alloy",
        "session.llm._opts.turn_detection": None,
        "session.llm._opts.input_audio_transcription": None,
        "session.stt.provider": "Deepgram",
        "session.turn_detection.__class__.__name__": "TurnDetector",
        "session.options.interruption.enabled": True,
    },
    "realtime-video-agent": {
        "session.llm.__class__.__module__": "livekit.plugins.google.realtime.realtime_api",
        "room.video_input": True,
    },
    "realtime-with-tts": {
        "session.llm._opts.modalities": ["text"],
        "session.tts._opts.voice": "ash",
        "room.text_output": True,
        "room.audio_output": True,
    },
    "restaurant-agent": {
        "agent.llm._opts.extra_kwargs": {"parallel_tool_calls": False},
        "agent.tts._opts.voice": "e07c00bc-4134-4eae-9ea4-1a55fb45746b",
        "session.options.max_tool_steps": 5,
        "tools.handoff_to_reservation.parameters.required": [],
        "tools.handoff_to_takeaway.parameters.required": [],
    },
    "resume-interrupted-agent": {
        f"{INTERRUPTION}.resume_false_interruption": True,
        f"{INTERRUPTION}.false_interruption_timeout": 1.0,
        "session.llm.model": "openai/gpt-4.1-mini",
    },
    "rpc-agent": {
        "session.llm.model": "openai/gpt-5-mini",
        "tools.create_note.parameters.required": ["title", "content"],
        "tools.update_note.parameters.required": ["note_id"],
        "tools.delete_note.parameters.required": ["note_id"],
    },
    "session-close-callback": {
        "session.stt._opts.language": "en",
        "tools.end_call.name": "end_call",
    },
    "silent-function-call": {
        "session.tts._opts.model": "cartesia/sonic-3",
        "tools.turn_on_light.parameters.required": [],
        "tools.turn_off_light.parameters.required": [],
    },
    "speaker-id-multi-speaker": {
        "session.stt.__class__.__module__": "livekit.plugins.speechmatics.stt",
        "session.stt.capabilities.diarization": True,
        "session.llm.provider": "api.openai.com",
        f"{INTERRUPTION}.min_words": 3,
    },
    "tavus-avatar": {
        "session.llm._opts.voice": "alloy",
        f"{INTERRUPTION}.resume_false_interruption": False,
        "avatar._pal_id": "TAVUS_PAL_ID's",
        "avatar._face_id": "TAVUS_FACE_ID's",
    },
    "text-only": {
        "session.stt": None,
        "session.tts": None,
        "room.audio_input": False,
        "room.audio_output": False,
        "room.text_output": True,
    },
    "timed-agent-transcript": {
        "session.options.use_tts_aligned_transcript": True,
        "session.tts.provider": "Cartesia",
        "room.text_output.json_format": False,
        "room.text_output.sync_transcription": True,
    },
    "tts-node-modifications": {
        "session.llm.model": "openai/gpt-4o",
        "session.tts._opts.model": "rime/arcana",
    },
    "weather-agent": {
        "session.llm.__class__.__module__": "livekit.plugins.openai.realtime.realtime_model",
        "tools.get_weather.parameters.required": ["latitude", "longitude"],
    },
    "web-search": {
        "session.llm.__class__.__module__": "livekit.plugins.openai.realtime.realtime_model",
        "tools.search_web.parameters.required": ["query"],
    },
    "zapier-mcp-integration": {
        "session.options.endpointing.min_delay": 0.5,
        "session.options.endpointing.max_delay": 5.0,
        "tools": {},
    },
}


def value_at(built: Mapping[str, Any], path: str) -> Any:
    """Return what is below the objects of LiveKit's at a path of attributes, keys and indices."""
    value: Any = built
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value[step]
        else:
            value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


def test_every_recipe_is_compared_with_its_original() -> None:
    assert sorted(SETTINGS) == sorted(RECIPES)
    assert len(RECIPES) == 51


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_is_and_is_valid(name: str) -> None:
    checked = check_file(RECIPES[name])
    warned = [each.kind for each in checked.diagnostics if each.kind != "plugin-not-installed"]
    assert warned == WARNED.get(name, [])
    assert not any(each.severity == "error" for each in checked.diagnostics)
    comment = RECIPES[name].read_text().splitlines()[1]
    assert comment.startswith(("# livekit/agents, ", "# livekit-examples/"))
    assert load(RECIPES[name]).rehearsal


ORIGINALS = {
    "livekit/agents": "LiveKit Agents",
    "livekit-examples/python-agents-examples": "python-agents-examples",
    "livekit-examples/agent-starter-python": "agent-starter-python",
    "livekit-examples/outbound-caller-python": "outbound-caller-python",
}


def test_the_page_of_recipes_has_every_one_of_them(golden: Golden) -> None:
    golden(ROOT / "docs" / "recipes.md", page())


def page() -> str:
    """Return the page that lists the recipes, in the words that each begins with."""
    by_original: dict[str, list[str]] = {each: [] for each in ORIGINALS}
    for name, path in sorted(RECIPES.items()):
        lines = path.read_text("utf-8").splitlines()[1:]
        comment = " ".join(
            each.lstrip("# ") for each in takewhile(lambda x: x.startswith("#"), lines)
        )
        where, _, said = comment.partition(": ")
        repository, _, file = where.partition(", ")
        says = f"- [`{name}`](../tests/recipes/{name}.yaml), from {file}: {said}"
        filled = wrap(
            says, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        by_original[repository] += filled
    parts = [f"## {ORIGINALS[each]}\n\n" + "\n".join(found) for each, found in by_original.items()]
    return f"{INTRODUCTION}\n\n" + "\n\n".join(parts) + "\n"


INTRODUCTION = f"""\
# LiveKit's examples as profiles

{len(RECIPES)} of LiveKit's own published examples are profiles, without a line of Python. Each says
what differs from its original. A test compares it with that, and a rehearsal calls it offline. Copy
one into `profiles/` to begin with."""


# What the plugins and LiveKit Inference read from the environment.
NEEDED = (
    *("ANTHROPIC_API_KEY", "CARTESIA_API_KEY", "DEEPGRAM_API_KEY", "ELEVEN_API_KEY"),
    *("GOOGLE_API_KEY", "OPENAI_API_KEY", "SPEECHMATICS_API_KEY", "TAVUS_API_KEY", "XAI_API_KEY"),
    *("TAVUS_PAL_ID", "TAVUS_FACE_ID", "LEMONSLICE_IMAGE_URL"),
    "LIVEKIT_API_KEY",
)


@pytest.mark.parametrize("name", RECIPES)
async def test_a_recipe_becomes_what_its_original_is(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if "turn_detector" in RECIPES[name].read_text():
        # The one file that it reads as it is made; `download-files` brings it from the network.
        # Only here, as `download-files` would fetch the files of all that are registered.
        monkeypatch.setattr(Plugin, "registered_plugins", [*Plugin.registered_plugins])
        turn_detector = pytest.importorskip("livekit.plugins.turn_detector.base")
        languages = tmp_path / "languages.json"
        languages.write_text("{}")
        monkeypatch.setattr(turn_detector, "_download_from_hf_hub", lambda *_, **__: languages)
    for variable in NEEDED:
        monkeypatch.setenv(variable, f"{variable}'s")
    # A session connects to its LLM as it is made, to be quicker in its first call.
    monkeypatch.setattr(llm.LLM, "prewarm", lambda *_, **__: None)
    monkeypatch.setenv("LIVEKIT_API_SECRET", "s" * 32)
    monkeypatch.setenv("LIVEKIT_URL", "ws://127.0.0.1:9")
    monkeypatch.setenv("LIVEKIT_INFERENCE_URL", "http://127.0.0.1:9/v1")
    profile = load(RECIPES[name])
    for plugin in {use.plugin for use in uses(profile)}:
        pytest.importorskip(f"livekit.plugins.{plugin}")
    async with http_context.open():
        with fake_job_context():
            agent = build.build_agent(profile)
            built = {
                "agent": agent,
                "tools": {each["name"]: each for each in seen_by_the_llm(agent)},
                "session": build.build_session(profile),
                "room": build.build_room_options(profile),
                "sounds": build_player(profile),
                "avatar": build_avatar(profile),
            }
            for path, expected in SETTINGS[name].items():
                assert (path, value_at(built, path)) == (path, expected)


def seen_by_the_llm(agent: Agent) -> list[dict[str, Any]]:
    """Return the functions that the language model is told of."""
    tools = llm.ToolContext(agent.tools).parse_function_tools("openai")
    return [each["function"] for each in tools]


async def test_what_is_known_of_the_user_reaches_the_language_model() -> None:
    told = build.build_agent(load(RECIPES["context-variables"])).instructions
    assert isinstance(told, Instructions)
    assert 'name: "Shayne"\nage: 35\ncity: "Toronto"\n' in str(told.dynamic)


async def test_what_the_agent_writes_as_lol_is_laughed() -> None:
    session = load(RECIPES["tts-node-modifications"]).session
    [transform] = settings.session(session)["tts_text_transforms"] or []

    async def text() -> AsyncIterator[str]:
        yield "That is funny, LOL."

    assert not isinstance(transform, str)
    assert "".join([each async for each in transform(text())]) == "That is funny, <laugh>."


def as_called(profile: Profile) -> Profile:
    """Return a profile whose calls are in writing where speech makes no difference, to be quick."""
    if not (profile.agents or any(each.collect for each in profile.tools.declared.values())):
        return profile
    room: Room = {**profile.room, "audio_input": False, "audio_output": False}
    return replace(profile, room=room)


@pytest.fixture(scope="module")
def calls() -> dict[str, tuple[CallResult, ...]]:
    """The calls that stand in each recipe and in a shipped profile, all made side by side."""
    profiles = {name: as_called(load(path)) for name, path in CALLED.items()}
    with runner.stage(runner.default_jobs()) as stage:
        parts = [
            (profile, stage.plan(profile, profile.rehearsal, Path(), names))
            for profile in profiles.values()
            for names in [{each.name for each in profile.rehearsal}]
        ]
        rehearsals = stage.rehearse(parts, lambda *_: None)
    return {name: each.calls for name, each in zip(profiles, rehearsals, strict=True)}


@pytest.mark.calls
@pytest.mark.parametrize("name", CALLED)
def test_a_recipe_keeps_to_what_it_is_for(
    name: str, calls: dict[str, tuple[CallResult, ...]]
) -> None:
    assert len(calls[name]) == len(load(CALLED[name]).rehearsal)
    assert [each for call in calls[name] for each in call.checks if not each.passed] == []


@pytest.mark.calls
def test_the_long_talker_is_cut_in_on_and_cannot_cut_in_meanwhile(
    calls: dict[str, tuple[CallResult, ...]],
) -> None:
    [call] = calls["interrupt-user"]
    first = next(turn for turn in call.turns if turn.who == "agent")
    assert not first.cut
    assert call.measures.talk_over > 2
