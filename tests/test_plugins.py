"""Plugins in profiles: made, refused, registered, and required before anything starts.

The plugin `toons` is in tests/plugins, and is imported in processes of its own alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import Plugin
from support import ROOT
from support.program import Run, run_command, run_python

from voice_agent import load
from voice_agent.errors import UsageError
from voice_agent.format.loader import examine_text
from voice_agent.format.plugins.packages import install
from voice_agent.format.plugins.problems import uses
from voice_agent.format.plugins.source import PluginError, constructor
from voice_agent.format.plugins.variables import Variable, variables
from voice_agent.format.python import source
from voice_agent.lint.check import check_text
from voice_agent.runtime.plugins import construct

PLUGINS = str(ROOT / "tests" / "plugins")
IMPORTED = {"PYTHONPATH": f"{ROOT}:{PLUGINS}", "TOONS": "imported"}
SERVER = {"LIVEKIT_URL": "ws://localhost", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}
INSTRUCTIONS = "instructions: You are a helpful voice assistant.\n"
MODELS = "stt: deepgram/nova-3\nllm: openai/gpt-4.1-mini\n"
TOONS = f"{INSTRUCTIONS}{MODELS}tts: {{plugin: toons, voice: coyote, api_key: k}}\n"
MISSING = f"{INSTRUCTIONS}{MODELS}tts: {{plugin: road_runner}}\n"


def made(name: str, role: str, options: dict[str, Any], show: str) -> str:
    """Return what `show`, an expression, says of `found`, what a plugin has made."""
    code = (
        "import json, sys; from voice_agent.runtime.plugins import construct;"
        "found = construct(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]));"
        "print(eval(sys.argv[4]))"
    )
    done = run_python(code, name, role, json.dumps(options), show, **IMPORTED)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_mappings_words_and_seconds_become_what_python_wants() -> None:
    options = {
        "voice": "coyote",
        "api_key": "k",
        "prosody": {"rate": 1.5, "mood": "hasty"},
        "pause": 0.5,
        "conn_options": {"max_retry": 7},
    }
    assert made("toons", "tts", options, "found.given") == (
        "{'voice': 'coyote', 'prosody': Prosody(rate=1.5, mood=<Mood.HASTY: 'hasty'>), "
        "'pause': datetime.timedelta(microseconds=500000), "
        "'conn': APIConnectOptions(max_retry=7, retry_interval=2.0, timeout=10.0)}"
    )


@pytest.mark.parametrize(
    ("name", "role", "kind"),
    [
        ("toons", "llm", "LLM"),
        ("toons.LLM.with_local", "llm", "LLM"),
        ("toons.realtime.RealtimeModel", "llm", "RealtimeModel"),
        ("silero", "vad", "VAD"),
    ],
)
def test_a_class_or_a_constructor_is_found_by_its_name(name: str, role: str, kind: str) -> None:
    options = {} if "realtime" not in name else {"capabilities": None}
    assert made(name, role, options, "type(found).__name__") == kind


def test_a_constructor_above_lends_its_options() -> None:
    assert "capabilities" in constructor("toons.realtime.RealtimeModel", "llm").part["properties"]


def test_a_key_that_is_missing_is_one_sentence_with_its_variable() -> None:
    code = (
        "from voice_agent.runtime.plugins import construct\n"
        "try: construct('toons', 'tts', {})\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    assert run_python(code, **IMPORTED).stdout == (
        'UsageError The plugin "toons.TTS" of tts cannot start: Toons needs a key, as api_key or '
        "in TOONS_API_KEY. Put TOONS_API_KEY in a file named .env in this folder, or in the "
        "environment.\n"
    )


def test_a_plugin_that_cannot_be_made_says_what_it_has() -> None:
    with pytest.raises(UsageError, match=r'cannot be used for tts: "silero" has nothing for tts'):
        construct("silero", "tts", {})
    with pytest.raises(UsageError, match=r"is not installed\. .* is none of LiveKit's own"):
        construct("road_runner", "tts", {})
    with pytest.raises(
        UsageError, match=r'is not installed\. Type: pip install "livekit-plugins-lmnt'
    ):
        construct("lmnt", "tts", {})


def test_a_plugin_that_cannot_be_imported_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "livekit" / "plugins" / "broken"
    folder.mkdir(parents=True)
    lines = (
        "import nothing_such\nfrom livekit.agents.tts import TTS as Base\nclass TTS(Base): ...\n"
    )
    (folder / "__init__.py").write_text(lines)
    code = "from voice_agent.runtime.plugins import construct; construct('broken', 'tts', {})"
    done = run_python(code, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert done.stderr.splitlines()[-1] == (
        'voice_agent.errors.UsageError: The plugin "broken.TTS" cannot be imported: No module '
        "named 'nothing_such'. Install the plugin anew: pip install \"livekit-plugins-broken\""
    )


def test_the_session_of_a_profile_has_what_its_plugins_make(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(
        TOONS.replace("llm: openai/gpt-4.1-mini", "llm: {plugin: toons, model: toons-2}")
    )
    code = (
        "import sys; from voice_agent import load; from voice_agent.build import build_session;"
        "import asyncio\n"
        "async def main():\n"
        " made = build_session(load(sys.argv[1])); print(type(made.llm), made.tts.given['voice'])\n"
        "asyncio.run(main())"
    )
    done = run_python(code, str(path), **IMPORTED, **SERVER)
    assert done.stdout == "<class 'livekit.plugins.toons.models.LLM'> coyote\n", done.stderr


def test_files_are_downloaded_for_the_plugins_of_a_profile(run_here: Run, tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(TOONS)
    for options in ({"words": ["--profile", str(path)]}, {"AGENT_PROFILE": str(path)}):
        words = options.pop("words", [])
        done = run_here("download-files", *words, **IMPORTED, **options)
        assert done.returncode == 0, done.stderr
        assert "Toons downloads its files." in done.stdout


def test_files_that_cannot_be_fetched_are_one_sentence(
    run_here: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreachable:
        package = "livekit.plugins.unreachable"
        logger = None

        def download_files(self) -> None:
            raise OSError("the model is not in the cache.")

    monkeypatch.setattr(Plugin, "registered_plugins", [Unreachable()])
    done = run_here("download-files")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "The files of the plugins could not be fetched: the model is not in the cache. "
        "Check the network and try again.\n"
    )


@pytest.mark.parametrize("command", ["console", "start", "dev", "connect", "download-files"])
def test_nothing_begins_without_a_plugin_that_is_needed(
    run_here: Run, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(MISSING)
    done = run_here(command, "--profile", str(path), **SERVER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'The profile "desk" needs the plugin "road_runner", which is not installed. '
        '"road_runner" is none of LiveKit\'s own plugins: install it, or name another.\n'
    )


def test_livekits_own_command_does_not_begin_either(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(MISSING)
    words = [sys.executable, "-m", "livekit.agents", "start", str(ROOT / "agent.py")]
    done = run_command(words, AGENT_PROFILE=str(path), **SERVER)
    assert done.returncode == 2
    assert 'needs the plugin "road_runner", which is not installed' in done.stderr


def test_a_plugin_of_livekits_is_installed_at_the_version_that_fits() -> None:
    assert install("rime").startswith('pip install "livekit-plugins-rime~=1.')
    assert install("minimax").startswith('pip install "livekit-plugins-minimax-ai~=1.')
    assert install("noise_cancellation") == 'pip install "livekit-plugins-noise-cancellation"'


def test_what_cannot_be_checked_is_said(run_here: Run, tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(f"{INSTRUCTIONS}{MODELS}tts: {{plugin: toons, api_key: k, extra: {{a: 1}}}}\n")
    done = run_here("validate", str(path), PYTHONPATH=IMPORTED["PYTHONPATH"])
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == (
        f"Not checked, as no plugin's source says what they may be: {path}:4 tts.extra."
    )
    shown = run_here("validate", "--format=json", str(path), PYTHONPATH=IMPORTED["PYTHONPATH"])
    assert json.loads(shown.stdout)["unchecked"] == [
        {"path": str(path), "line": 4, "option": "tts.extra", "python": "Any"}
    ]


def test_the_variables_of_a_plugin_are_those_it_reads_for_what_is_left_out() -> None:
    assert variables("toons", "tts") == [Variable("TOONS_API_KEY", "api_key", is_needed=True)]
    assert variables("toons", "tts", ["api_key"]) == []
    assert variables("road_runner", "tts") == variables("toons", "vad") == []


def test_the_plugins_of_a_profile_are_those_of_its_data() -> None:
    path = ROOT / "tests" / "valid" / "plugins.yaml"
    checked = examine_text(path.read_text(), path)
    assert checked.source is not None
    assert [(each.role, each.name) for each in uses(load(path))] == [
        (each.role, each.name) for each in uses(checked.source.data)
    ]
    assert [each.name for each in uses(load(path))] == [
        "toons",
        "toons",
        "toons.LLM.with_local",
        "toons",
        "toons.Loose",
    ]


def test_a_thousand_profiles_read_the_source_of_a_plugin_once() -> None:
    check_text(TOONS, "desk.yaml")
    before = source.module.cache_info().misses
    for number in range(1000):
        check_text(TOONS.replace("coyote", f"coyote-{number}"), f"desk-{number}.yaml")
    assert source.module.cache_info().misses == before


def test_a_name_that_an_installed_plugin_does_not_have_is_an_error_of_its_own() -> None:
    with pytest.raises(PluginError, match='"toons" has no "Sst"'):
        constructor("toons.Sst", "stt")
