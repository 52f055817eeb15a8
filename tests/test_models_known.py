"""Model names: what the installed LiveKit lists, and which names are slips of those."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from support.profiles import MINIMAL

from voice_agent.commands import validate
from voice_agent.format import sdk_source
from voice_agent.format.schema import schema_path
from voice_agent.format.typos import closest_model
from voice_agent.lint import model_names as known
from voice_agent.lint import refresh
from voice_agent.lint import rules as lint
from voice_agent.lint.check import check_text

LISTED = [*known.listed("stt"), *known.listed("llm"), *known.listed("tts")]

SLIPS = {
    "openai/gpt-4.1-mnii": "openai/gpt-4.1-mini",
    "openai/gpt-4.1-min": "openai/gpt-4.1-mini",
    "openai/gpt-4.1-minii": "openai/gpt-4.1-mini",
    "openai/gpt-4.1-mino": "openai/gpt-4.1-mini",
    "openai/gpt4.1-mini": "openai/gpt-4.1-mini",
    "openai/gpt-4-1-mini": "openai/gpt-4.1-mini",
    "openai/gpt_4.1_mini": "openai/gpt-4.1-mini",
    "openai/GPT-4.1-Mini": "openai/gpt-4.1-mini",
    "openai//gpt-4.1-mini": "openai/gpt-4.1-mini",
    "openai/gtp-4.1-mini": "openai/gpt-4.1-mini",
    "openai/gpt-realtmie": "openai/gpt-realtime",
    "deepgram/nvoa-3": "deepgram/nova-3",
    "deepgram/nova3": "deepgram/nova-3",
    "deepgram/flux-genral": "deepgram/flux-general",
    "deepgram/nova-2-conversatonalia": "deepgram/nova-2-conversationalai",
    "assemblyai/universal-streaming-multlingaul": "assemblyai/universal-streaming-multilingual",
    "google/gemini-2.5-flahs": "google/gemini-2.5-flash",
    "xai/grok-4.1-fast-reasoning": "xai/grok-4-1-fast-reasoning",
    "cartesia/sonic-trubo": "cartesia/sonic-turbo",
    "rime/misv2": "rime/mistv2",
}
# Other versions, other variants, and names of which nobody can say that they are wrong.
NO_SLIPS = [
    "deepgram/nova-3-general",
    "deepgram/nova-4",
    "deepgram/nova-1-medical",
    "deepgram/flux-general-es",
    "openai/gpt-4.2",
    "openai/gpt-4",
    "openai/gpt-4a",
    "openai/gpt-7-mini",
    "openai/gpt-4.1-pro",
    "openai/gpt-4.1-micro",
    "openai/gpt-oss-20b",
    "openai/o3",
    "deepseek-ai/deepseek-r3",
    "google/gemini-4-neon",
    "google/gemini-3-pro",
    "xai/grok-4.6",
    "cartesia/sonic-4",
    "cartesia/sonic-3.6",
    "rime/mistv4",
    "rime/arcana",
    "inworld/inworld-tts-3-max",
    "speechmatics/advanced",
]


@pytest.mark.parametrize(("name", "wanted"), SLIPS.items())
def test_a_slip_of_the_keyboard_is_recognised(name: str, wanted: str) -> None:
    assert closest_model(name, LISTED) == wanted


@pytest.mark.parametrize("name", NO_SLIPS)
def test_another_version_or_variant_is_no_slip(name: str) -> None:
    assert closest_model(name, LISTED) is None


def test_no_name_that_livekit_lists_is_a_slip_of_another() -> None:
    for role in known.ROLES:
        for name in known.installed(role):
            assert closest_model(name, known.installed(role)) is None


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    """What was found of a name with another LiveKit is forgotten."""
    lint._name_problem.cache_clear()


def literals(alias: Any) -> set[str]:
    """The texts in a union of Literal types."""
    return {
        text
        for part in get_args(alias)
        for text in ({part} if isinstance(part, str) else literals(part))
    }


def test_the_names_read_from_the_source_are_those_of_the_types() -> None:
    from livekit.agents import inference
    from livekit.agents.inference._realtime_models import (
        DEPRECATED_REALTIME_MODELS,
        is_duplex_model,
        is_realtime_model,
    )

    def listed(alias: Any) -> set[str]:
        return {name for name in literals(alias) if "/" in name}

    realtime = listed(inference.RealtimeModels) | set(get_args(inference.DuplexModels))
    assert set(known.installed("stt")) == listed(inference.STTModels)
    assert set(known.installed("tts")) == listed(inference.TTSModels)
    assert set(known.installed("llm")) == listed(inference.LLMModels) | set(
        sdk_source.realtime_models()
    )
    assert set(sdk_source.realtime_models()) == realtime | set(DEPRECATED_REALTIME_MODELS)
    assert all(
        is_realtime_model(each) or is_duplex_model(each) for each in sdk_source.realtime_models()
    )


def test_the_schema_offers_what_the_installed_livekit_lists() -> None:
    text = schema_path().read_text("utf-8")
    assert refresh.refreshed(text) == text, "run: python -m voice_agent.lint.refresh"


def test_refreshing_drops_what_is_gone_adds_what_is_new_and_keeps_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "profile.schema.json"
    path.write_text(schema_path().read_text("utf-8"), "utf-8")
    names = {"stt": ("new/ears", "deepgram/nova-3"), "llm": ("new/mind",), "tts": ("new/voice",)}
    monkeypatch.setattr(known, "installed", names.get)
    monkeypatch.setattr(sdk_source, "realtime_models", lambda: ("new/mind",))
    monkeypatch.setattr(refresh, "schema_path", lambda: path)
    assert refresh.main() == 0
    made = json.loads(path.read_text("utf-8"))
    stt, tts = (made["properties"][role] for role in ("stt", "tts"))
    assert stt["examples"] == ["deepgram/nova-3", "deepgram/nova-3:de"]
    assert [each["label"] for each in stt["defaultSnippets"]] == ["deepgram/nova-3", "new/ears"]
    assert tts["examples"] == ["new/voice"]
    assert tts["defaultSnippets"] == [{"label": "new/voice", "body": "new/voice"}]
    assert made["$defs"]["realtime"]["oneOf"] == [{"const": "new/mind"}]


def test_refreshing_without_livekit_leaves_the_schema_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = schema_path().read_bytes()
    monkeypatch.setattr(sdk_source, "realtime_models", tuple)
    assert refresh.main() == 2
    assert capsys.readouterr().err == (
        "The installed LiveKit lists no models where they are looked for.\n"
    )
    assert schema_path().read_bytes() == before


def test_without_livekit_only_the_schema_s_names_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "installed", lambda role: ())
    text = MINIMAL.replace("stt: deepgram/nova-3", "stt: deepgram/nvoa-3")
    text = text.replace("openai/gpt-4.1-mini", "acme/mind")
    text = text.replace("cartesia/sonic-3", "deepgram/nova-3")
    kinds = [each.kind for each in check_text(text, "desk.yaml").diagnostics]
    assert kinds == ["unknown-model", "unknown-provider", "unknown-model"]


def test_a_newer_livekit_makes_new_names_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "installed", lambda role: ("acme/mind-1",))
    text = MINIMAL.replace("openai/gpt-4.1-mini", "acme/mind-2")
    assert check_text(text, "desk.yaml").diagnostics == ()


NEWER = 'AcmeRealtimeModels = Literal["openai/gpt-realtime-99", "acme/live-1"]\n'


@pytest.fixture
def newer_livekit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a LiveKit that knows more realtime models than the schema."""
    cached = {
        function
        for name, module in sys.modules.items()
        if name.startswith(("voice_agent.format.", "voice_agent.lint."))
        for function in vars(module).values()
        if hasattr(function, "cache_clear")
    }
    real = sdk_source.source
    with monkeypatch.context() as patch:
        patch.setattr(
            sdk_source,
            "source",
            lambda module: real(module) + (NEWER if module == "inference/_realtime_models" else ""),
        )
        for each in cached:
            each.cache_clear()
        yield
    for each in cached:
        each.cache_clear()


@pytest.mark.usefixtures("newer_livekit")
def test_a_realtime_model_that_only_the_installed_livekit_knows_needs_no_ears_and_no_voice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.yaml"
    for model in ("openai/gpt-realtime-99", "acme/live-1"):
        path.write_text(f"instructions: Be brief.\nllm: {model}\n", "utf-8")
        assert validate.run([str(path)]) == 0
        assert capsys.readouterr().out == "1 profile, no problems\n"


@pytest.mark.usefixtures("newer_livekit")
def test_a_realtime_model_that_only_the_installed_livekit_knows_is_warned_of_as_one() -> None:
    text = "instructions: Be brief.\nllm: acme/live-1\nstt: deepgram/nova-3\n"
    assert [each.kind for each in check_text(text, "desk.yaml").diagnostics] == ["realtime"]


def test_a_model_that_no_livekit_knows_as_realtime_needs_ears_and_a_voice() -> None:
    text = "instructions: Be brief.\nllm: openai/gpt-realtime-99\n"
    found = [each.message for each in check_text(text, "desk.yaml").diagnostics]
    assert found == [
        f'missing key "{key}", which only a realtime llm or room.{way}: false makes unnecessary'
        for key, way in (("stt", "audio_input"), ("tts", "audio_output"))
    ]
