"""The models of a profile as LiveKit's clients: every option that is written reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from logging import Logger
from typing import Any

import pytest
from livekit.agents import inference, llm, stt, tts
from support import ROOT
from support.profiles import make_profile

from voice_agent import Profile, load
from voice_agent.format.language import language_of
from voice_agent.format.schema import schema
from voice_agent.format.templates import render
from voice_agent.runtime import models

pytestmark = pytest.mark.usefixtures("offline")

OPTIONS = {
    "stt_options": ("stt", inference.STT),
    "tts_options": ("tts", inference.TTS),
    "llm_options": ("llm", inference.LLM),
    "realtime_options": ("llm", inference.RealtimeModel),
    "duplex_options": ("llm", inference.DuplexModel),
}


def built(profile: Profile, role: str) -> Any:
    """Return the client for the models of a role."""
    match role:
        case "stt":
            assert profile.stt
            return models.hearing(profile.stt)
        case "tts":
            assert profile.tts
            return models.speaking(profile.tts)
    return models.thinking(profile.llm)


def held(thing: Any, depth: int = 3) -> Iterator[Any]:
    """Yield the values that an object of LiveKit's or OpenAI's holds, and those that they hold."""
    inner = thing if isinstance(thing, dict) else getattr(thing, "__dict__", {})
    for value in inner.values():
        yield value
        if depth and not isinstance(value, (str, Logger)):
            yield from held(value, depth - 1)


def holds(client: Any, wanted: Any) -> bool:
    """Tell whether a client has an option, whatever it calls it; a mapping may have more keys."""
    for value in held(client):
        keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
        if value == wanted or (isinstance(wanted, dict) and {**keys, **wanted} == keys):
            return True
    return False


@pytest.mark.parametrize(
    ("definition", "key"),
    [
        (definition, key)
        for definition in OPTIONS
        for key, part in schema()["$defs"][definition]["properties"].items()
        if "x-ours" not in part and key != "model"
    ],
)
def test_every_example_of_an_option_reaches_the_client(
    definition: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("INFERENCE_KEY", "INFERENCE_SECRET"):
        monkeypatch.setenv(name, "s" * 32)
    role, kind = OPTIONS[definition]
    part = schema()["$defs"][definition]["properties"][key]
    if "$ref" in part:
        part = schema()["$defs"][part["$ref"].rpartition("/")[2]]
    model = schema()["$defs"][definition]["properties"]["model"]["examples"][0]
    for example in part.get("examples") or part["enum"]:
        client = built(make_profile(**{role: {"model": model, key: example}}), role)
        assert isinstance(client, kind)
        assert holds(client, render(example, lambda _: "s" * 32))


@pytest.mark.parametrize(
    ("role", "long", "short"),
    [
        ("stt", {"model": "deepgram/nova-3", "language": "de"}, "deepgram/nova-3:de"),
        ("tts", {"model": "cartesia/sonic-3", "voice": "abc"}, "cartesia/sonic-3:abc"),
        ("tts", {"model": "cartesia/sonic-3:abc"}, "cartesia/sonic-3:abc"),
        ("llm", {"model": "openai/gpt-4.1-mini"}, "openai/gpt-4.1-mini"),
    ],
)
def test_the_long_form_of_a_name_is_the_short_one(role: str, long: Any, short: str) -> None:
    one, other = (built(make_profile(**{role: written}), role)._opts for written in (long, short))
    assert one == other


def test_models_of_livekit_inference_fall_back_there() -> None:
    profile = make_profile(
        stt=["deepgram/nova-3:de", {"model": "assemblyai/universal-streaming", "language": "de"}],
        tts=["cartesia/sonic-3:abc", {"model": "inworld/inworld-tts-2", "voice": "Ashley"}],
    )
    assert built(profile, "stt")._opts.fallback == [{"model": "assemblyai/universal-streaming"}]
    assert built(profile, "tts")._opts.fallback == [
        {"model": "inworld/inworld-tts-2", "voice": "Ashley"}
    ]


def test_what_livekit_inference_cannot_fall_back_on_is_left_to_the_adapter() -> None:
    profile = make_profile(
        stt=["deepgram/nova-3:de", "assemblyai/universal-streaming:en"],
        tts={"fallback": ["cartesia/sonic-3", "inworld/inworld-tts-2"], "max_retry_per_tts": 0},
    )
    hearing, speaking = built(profile, "stt"), built(profile, "tts")
    assert isinstance(hearing, stt.FallbackAdapter)
    assert [each._opts.language for each in hearing._stt_instances] == ["de", "en"]
    assert isinstance(speaking, tts.FallbackAdapter)
    assert speaking._max_retry_per_tts == 0


ADAPTERS = {
    "stt_fallback": ("stt", ["deepgram/nova-3", "assemblyai/universal-streaming"]),
    "tts_fallback": ("tts", ["cartesia/sonic-3", "inworld/inworld-tts-2"]),
    "llm_fallback": ("llm", ["openai/gpt-4.1", "google/gemini-2.5-flash"]),
    "realtime_fallback": ("llm", ["openai/gpt-realtime", "openai/gpt-realtime-mini"]),
}


@pytest.mark.parametrize(
    ("definition", "key"),
    [
        (definition, key)
        for definition in ADAPTERS
        for key, part in schema()["$defs"][definition]["properties"].items()
        if "x-ours" not in part
    ],
)
def test_every_option_of_a_list_reaches_livekit_s_adapter(definition: str, key: str) -> None:
    role, names = ADAPTERS[definition]
    [example] = schema()["$defs"][definition]["properties"][key]["examples"]
    adapter = built(make_profile(**{role: {"fallback": names, key: example}}), role)
    kinds = (stt.FallbackAdapter, tts.FallbackAdapter, llm.FallbackAdapter)
    assert isinstance(adapter, (*kinds, llm.RealtimeModelFallbackAdapter))
    assert getattr(adapter, f"_{key}", None) == example or getattr(adapter, key) == example


def test_a_list_of_one_is_that_one() -> None:
    profile = load(ROOT / "tests/valid/models-to-fall-back-on.yaml")
    assert isinstance(built(profile, "stt"), inference.STT)
    assert isinstance(built(profile, "llm"), llm.FallbackAdapter)


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ({"model": "deepgram/nova-3", "language": "de"}, "de"),
        ({"model": "deepgram/nova-3:pt-BR"}, "pt-BR"),
        (["deepgram/nova-3:fr", "deepgram/nova-2"], "fr"),
        ({"fallback": [{"model": "deepgram/nova-3", "language": "multi"}]}, "en"),
        ({"plugin": "deepgram", "model": "nova-3", "language": "German"}, "de"),
        ({"plugin": "deepgram", "model": "nova:3"}, "en"),
    ],
)
def test_a_call_s_language_is_that_of_the_model_that_is_tried_first(
    written: Any, language: str
) -> None:
    assert language_of(make_profile(stt=written)) == language
