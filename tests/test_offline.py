"""What plays a profile's models offline: the stand-in, whatever their providers and plugins."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, cast

import pytest
from livekit.agents import inference, llm, stt, tts
from support.profiles import make_profile

from voice_agent import Profile
from voice_agent.runtime import models, offline

SECRET = "{{ secrets.NOBODY_HAS_SET_THIS }}"


@pytest.fixture(autouse=True)
def models_are_played(offline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the stand-in play every model, as with --offline."""
    monkeypatch.setenv("AGENT_OFFLINE", "1")


def profile(**keys: Any) -> Profile:
    return make_profile(**keys)


def test_a_plugin_that_is_not_installed_is_played_under_its_own_name() -> None:
    keys = {"stt": {"plugin": "acme", "model": "ears-2", "language": "de", "api_key": SECRET}}
    made = profile(**keys).stt
    assert made
    hears = models.hearing(made)
    assert isinstance(hears, inference.STT)
    assert hears.model == "acme/ears-2"
    assert hears._opts.language == "de"
    assert not [each for each in sys.modules if each.startswith("livekit.plugins.acme")]


def test_what_livekit_inference_has_no_option_for_is_left_out() -> None:
    voice = {
        "plugin": "acme",
        "voice": "Ada",
        "voice_settings": {"calm": 0.5},
        "sample_rate": 48000,
    }
    made = profile(tts=voice).tts
    assert made
    speaks = models.speaking(made)
    assert isinstance(speaks, inference.TTS)
    assert (speaks.model, speaks._opts.voice) == ("acme/default", "Ada")
    assert speaks.sample_rate == 48000


def test_a_model_keeps_its_own_options_but_its_address_and_its_keys() -> None:
    options = {"api_key": SECRET, "base_url": "https://example.com", "sample_rate": 8000}
    made = profile(stt={"model": "deepgram/nova-3:fr", **options}).stt
    assert made
    hears = models.hearing(made)
    assert isinstance(hears, inference.STT)
    assert hears._opts.base_url.startswith("http://127.0.0.1:")
    assert (hears._opts.language, hears._opts.sample_rate) == ("fr", 8000)


def test_a_list_keeps_the_adapter_that_it_has_online() -> None:
    mixed = profile(
        stt=[{"plugin": "acme"}, "deepgram/nova-3"],
        llm=[{"plugin": "acme.LLM.with_lamp", "model": "bright:7b"}, "openai/gpt-4.1-mini"],
        tts=["cartesia/sonic-3", {"plugin": "acme"}],
    )
    assert mixed.stt
    assert mixed.tts
    assert isinstance(models.hearing(mixed.stt), stt.FallbackAdapter)
    assert isinstance(models.speaking(mixed.tts), tts.FallbackAdapter)
    thinks = models.thinking(mixed.llm)
    assert isinstance(thinks, llm.FallbackAdapter)
    assert [each.model for each in thinks._llm_instances] == [
        "acme/bright-7b",
        "openai/gpt-4.1-mini",
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("openai/gpt-live-1", "openai/gpt-realtime"),
        ({"plugin": "acme.realtime.RealtimeModel", "model": "soul"}, "acme/soul"),
        ({"plugin": "openai.realtime.RealtimeModel", "api_key": SECRET}, "openai/default"),
    ],
)
def test_what_hears_and_speaks_becomes_a_realtime_model(written: object, name: str) -> None:
    made = models.thinking(profile(llm=written, stt=None, tts=None).llm)
    assert isinstance(made, inference.RealtimeModel)
    assert made.model == name


def test_a_realtime_model_of_a_plugin_keeps_how_it_takes_turns_and_answers() -> None:
    options = {
        "modalities": ["text"],
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 900},
        "api_key": SECRET,
    }
    written = {"plugin": "openai.realtime.RealtimeModel", **options}
    made = models.thinking(profile(llm=written, stt=None).llm)
    assert isinstance(made, inference.RealtimeModel)
    assert made._opts.modalities == ["text"]
    assert made._opts.turn_detection is not None
    assert made._opts.turn_detection.silence_duration_ms == 900  # type: ignore[union-attr]


def test_the_line_at_the_start_says_what_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = profile(stt={"plugin": "acme", "model": "ears-2"})
    assert offline.announcements(pipeline) == [
        "The offline stand-in plays stt (acme: ears-2), llm (openai/gpt-4.1-mini) and "
        "tts (cartesia/sonic-3)."
    ]
    monkeypatch.setenv("OFFLINE_LLM_URL", "http://127.0.0.1:11434/v1")
    duplex = profile(llm="openai/gpt-live-1", stt=None, tts=None)
    assert offline.announcements(duplex) == [
        "The offline stand-in plays llm (openai/gpt-live-1). It takes turns, where the llm itself "
        "talks and listens at once. The server that OFFLINE_LLM_URL names thinks for it."
    ]


def test_the_line_at_the_start_names_the_plugins_that_are_left_out() -> None:
    filtered = dataclasses.replace(
        profile(), room=cast(Any, {"audio_input": {"noise_cancellation": {"plugin": "acme.Hush"}}})
    )
    assert offline.announcements(filtered)[0].endswith(
        " Left out, as they are plugins: room.audio_input.noise_cancellation."
    )
