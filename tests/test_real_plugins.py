"""LiveKit's real plugins: their classes are reachable, and their options are as Python has them.

What is read from their source is compared with what importing them shows, in another process.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

import pytest
from support import ROOT, parts
from support.program import run_command

from voice_agent.format.plugins.roles import everything
from voice_agent.format.plugins.source import constructor
from voice_agent.format.schema import conforms
from voice_agent.lint import plugin_table

REAL = ROOT / "tests" / "support" / "real_plugin.py"
# What makes each without a network: mostly a key that nobody checks until it is used.
KEY = {"api_key": "unused"}
MADE: dict[tuple[str, str], dict[str, Any]] = {
    ("ai_coustics", "noise_cancellation"): {
        "model": "QUAIL_VF_S",
        "vad_settings": {
            "speech_hold_duration": 0.1,
            "sensitivity": 5,
            "minimum_speech_duration": None,
        },
    },
    ("ai_coustics", "vad"): {},
    ("anthropic", "llm"): {**KEY, "tool_choice": "auto", "timeout": 5},
    ("aws", "llm"): {"region": "us-east-1"},
    ("aws", "tts"): {"voice": "Ruth"},
    ("azure", "stt"): {"speech_key": "unused", "speech_region": "westeurope"},
    ("azure", "tts"): {
        "speech_key": "unused",
        "speech_region": "westeurope",
        "prosody": {"rate": "slow"},
    },
    ("azure.responses.LLM", "llm"): {**KEY, "api_version": "v1", "azure_endpoint": "https://a.b"},
    ("cartesia", "stt"): KEY,
    ("cartesia", "tts"): {**KEY, "emotion": ["happy"], "speed": 1.1},
    ("deepgram", "stt"): {**KEY, "keyterm": ["LiveKit"]},
    ("deepgram.STTv2", "stt"): KEY,
    ("deepgram", "tts"): KEY,
    ("deepgram.TTSv2", "tts"): KEY,
    ("elevenlabs", "stt"): KEY,
    ("elevenlabs", "tts"): {
        **KEY,
        "voice_settings": {"stability": 0.5, "similarity_boost": 0.7},
        "pronunciation_dictionary_locators": [
            {"pronunciation_dictionary_id": "a", "version_id": "b"}
        ],
    },
    ("google", "llm"): {**KEY, "thinking_config": {"thinking_budget": 5}},
    ("google.beta.GeminiTTS", "tts"): KEY,
    ("google.realtime", "llm"): {**KEY, "modalities": ["AUDIO"]},
    ("groq", "llm"): KEY,
    ("groq", "stt"): KEY,
    ("groq", "tts"): KEY,
    ("noise_cancellation.BVC", "noise_cancellation"): {},
    ("noise_cancellation.BVCTelephony", "noise_cancellation"): {},
    ("noise_cancellation.NC", "noise_cancellation"): {},
    ("openai", "llm"): {**KEY, "base_url": "http://localhost:11434/v1", "timeout": 3.5},
    ("openai", "stt"): {**KEY, "language": "de"},
    ("openai", "tts"): {**KEY, "voice": "ash"},
    ("openai.LLM.with_azure", "llm"): {
        **KEY,
        "api_version": "v1",
        "azure_endpoint": "https://a.b",
    },
    ("openai.LLM.with_ollama", "llm"): {"model": "llama3.2"},
    ("openai.realtime", "llm"): {
        **KEY,
        "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
    },
    ("openai.responses.LLM", "llm"): KEY,
    ("silero", "vad"): {"activation_threshold": 0.6},
    ("speechmatics", "stt"): {**KEY, "additional_vocab": [{"content": "LiveKit"}]},
    ("speechmatics", "tts"): KEY,
    ("xai", "llm"): KEY,
    ("xai", "stt"): KEY,
    ("xai", "tts"): KEY,
    ("xai.realtime", "llm"): KEY,
}


@cache
def really() -> dict[str, Any]:
    """Return what importing the plugins shows of them, and what came of making instances."""
    plugins = [each for each in plugin_table.PLUGINS if parts.plugin(each).find()]
    names = {
        each: [constructor(name, role).name for role, name in everything(each)] for each in plugins
    }
    wanted = [
        (*pair, options) for pair, options in MADE.items() if pair[0].split(".")[0] in plugins
    ]
    done = run_command(
        [sys.executable, str(REAL)],
        stdin=json.dumps([names, wanted]),
        PYTHONPATH=str(ROOT),
        AWS_REGION="eu-west-1",
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(params=plugin_table.PLUGINS)
def plugin(request: pytest.FixtureRequest) -> str:
    """The name of an installed plugin of LiveKit's."""
    name: str = request.param
    parts.plugin(name).path()
    return name


def test_every_class_of_a_plugin_is_reachable_by_a_name(plugin: str) -> None:
    reached = {
        (constructor(name, role).part["x-python"], role) for role, name in everything(plugin)
    }
    assert {*really()[plugin]["classes"].items()} <= reached


def test_every_option_is_checked_or_known_not_to_be(plugin: str) -> None:
    for role, name in everything(plugin):
        found = constructor(name, role)
        real = really()[plugin]["parameters"].get(found.name)
        if real is None:
            continue  # It needs an extra of its package.
        options = found.part["properties"]
        assert options.keys() == real.keys(), found.name
        assert set(found.part.get("required", ())) == {
            key for key, each in real.items() if each["required"]
        }
        for key, part in options.items():
            assert {"type", "enum", "x-unchecked", "x-object"} & part.keys(), (name, key)
            assert "x-object" in part or part.get("default") == real[key]["default"], (name, key)


def test_instances_are_really_made_of_what_a_profile_says(plugin: str) -> None:
    made = [each for each in really()["made"] if each[0].split(".")[0] == plugin]
    wanted = [[*pair, True] for pair in MADE if pair[0].split(".")[0] == plugin]
    assert made == wanted


def test_the_options_that_instances_are_made_of_are_valid(plugin: str) -> None:
    for (name, role), options in MADE.items():
        if name.partition(".")[0] == plugin:
            assert conforms(options, constructor(name, role).part), name


def test_the_table_in_the_docs_is_up_to_date(plugin: str) -> None:
    page = (ROOT / plugin_table.FILE).read_text("utf-8")
    versions = [line for line in page.splitlines() if line.startswith("Read from ")]
    if versions != [plugin_table.versions()]:
        pytest.skip("The table was read from plugins of other versions.")
    assert plugin_table.written_into(page) == page
