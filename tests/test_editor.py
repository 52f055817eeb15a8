"""What an editor with the YAML language server offers on a profile, asked over its protocol."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support import ROOT
from support.parts import LANGUAGE_SERVER

MODELINE = "# yaml-language-server: $schema=../schema/profile.schema.json\n"
OF_PARTS = MODELINE.replace("profile", "part")
OF_SCENARIOS = MODELINE.replace("profile", "rehearsal")


class Editor:
    """An editor that talks to a language server."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        self._server = server
        self._count = 0
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.ask("initialize", processId=None, rootUri=ROOT.as_uri(), capabilities={})
        self.tell("initialized")

    def _listen(self) -> None:
        stream = self._server.stdout
        assert stream
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self._said.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        assert self._server.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._server.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request, and return its result."""
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": params})
        return self._wait(lambda said: said.get("id") == number and "method" not in said)["result"]

    def _wait(self, wanted: Any) -> dict[str, Any]:
        while True:
            said = self._said.get(timeout=60)
            if wanted(said):
                return said
            if "id" in said and "method" in said:  # what the server asks of the editor
                items = said.get("params", {}).get("items", [])
                self._send({"id": said["id"], "result": [None] * len(items)})

    def open(self, text: str, first: str = MODELINE) -> str:
        """Open a file in profiles/ that is not saved, and return its address."""
        self._count += 1
        uri = (ROOT / "profiles" / f"unsaved-{self._count}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": first + text}
        self.tell("textDocument/didOpen", textDocument=document)
        return uri

    def at(self, text: str, request: str, first: str = MODELINE) -> Any:
        """What the server answers at the | in a file that begins with this line."""
        before, _, after = text.partition("|")
        uri = self.open(before + after, first)
        lines = (first + before).split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        return self.ask(f"textDocument/{request}", textDocument={"uri": uri}, position=position)

    def problems(self, text: str, first: str = MODELINE) -> list[dict[str, Any]]:
        """The problems that the server underlines in a file that begins with this line."""
        uri = self.open(text, first)
        said = self._wait(
            lambda said: (
                said.get("method") == "textDocument/publishDiagnostics"
                and said["params"]["uri"] == uri
            )
        )
        found: list[dict[str, Any]] = said["params"]["diagnostics"]
        return found


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """An editor with its language server running."""
    with subprocess.Popen(
        [LANGUAGE_SERVER.path(), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as server:
        yield Editor(server)
        server.kill()


def labels(completion: Any) -> list[str]:
    items = completion["items"] if isinstance(completion, dict) else completion
    return [item["label"] for item in items]


def test_an_editor_completes_a_key(editor: Editor) -> None:
    assert "allow_interruptions" in labels(editor.at("allow|", "completion"))


def test_an_editor_completes_a_key_of_the_opening(editor: Editor) -> None:
    offered = labels(editor.at("on_enter:\n  |", "completion"))
    assert {"user_input", "instructions", "say", "allow_interruptions"} <= set(offered)


@pytest.mark.parametrize(
    ("key", "model"),
    [
        ("stt", "deepgram/nova-3"),
        ("llm", "openai/gpt-4.1-mini"),
        ("llm", "openai/gpt-realtime"),
        ("tts", "cartesia/sonic-3"),
    ],
)
def test_an_editor_completes_the_name_of_a_model(editor: Editor, key: str, model: str) -> None:
    assert model in labels(editor.at(f"{key}: |", "completion"))


def test_an_editor_explains_a_key(editor: Editor) -> None:
    shown = editor.at("allow_inter|ruptions: false\n", "hover")
    assert "Whether a caller may cut in while the agent speaks." in shown["contents"]["value"]


@pytest.mark.parametrize(
    ("profile", "examples"),
    [
        ("st|t: deepgram/nova-3", ["deepgram/nova-3", "deepgram/nova-3:de"]),
        (
            "ll|m: openai/gpt-5",
            ["openai/gpt-4.1-mini", "google/gemini-2.5-flash", "openai/gpt-realtime"],
        ),
        (
            "llm: openai/gpt-real|time-mini",
            ["openai/gpt-4.1-mini", "google/gemini-2.5-flash", "openai/gpt-realtime"],
        ),
        (
            "tt|s: deepgram/aura-2",
            ["cartesia/sonic-3", "cartesia/sonic-3:9626c31c-bec5-4cca-baa8-f8ba9e84c8bc"],
        ),
    ],
)
def test_an_editor_explains_a_model_by_one_example_of_each_kind(
    editor: Editor, profile: str, examples: list[str]
) -> None:
    shown = editor.at(profile, "hover")["contents"]["value"]
    assert "A text is one of LiveKit Inference, provider/model" in shown
    assert re.findall(r"^[a-z-]+/\S+$", shown, re.MULTILINE) == examples
    assert "Allowed Values" not in shown


def test_an_editor_underlines_a_misspelt_key(editor: Editor) -> None:
    text = "instructions: Be brief.\nallow_interuptions: no\nllm: openai/gpt-realtime\n"
    [problem] = editor.problems(text)
    assert "allow_interuptions" in problem["message"]
    assert problem["range"] == {
        "start": {"line": 2, "character": 0},
        "end": {"line": 2, "character": 18},
    }


def test_an_editor_underlines_a_wrong_value_and_says_what_is_wanted(editor: Editor) -> None:
    text = "instructions: Be brief.\nllm: openai/gpt-realtime\nname: front desk\n"
    [problem] = editor.problems(text)
    assert problem["message"].startswith('must be made of letters, digits, "-" and "_"')
    assert problem["range"] == {
        "start": {"line": 3, "character": 6},
        "end": {"line": 3, "character": 16},
    }


@pytest.mark.parametrize("name", ["receptionist", "uninterruptable"])
def test_an_editor_has_nothing_to_say_against_our_profiles(editor: Editor, name: str) -> None:
    text = (ROOT / "profiles" / f"{name}.yaml").read_text("utf-8")
    assert text.startswith(MODELINE)
    assert editor.problems(text.removeprefix(MODELINE)) == []


# Profiles of several files.


def test_an_editor_misses_no_key_in_a_profile_that_extends_another(editor: Editor) -> None:
    assert editor.problems("extends: _base.yaml\non_enter: Hello.\n") == []
    [problem] = editor.problems("on_enter: Hello.\nstt: a/b\nllm: a/b\ntts: a/b\n")
    assert "instructions" in problem["message"]


def test_an_editor_still_underlines_what_is_wrong_in_a_profile_that_extends_another(
    editor: Editor,
) -> None:
    [problem] = editor.problems("extends: _base.yaml\nallow_interuptions: no\n")
    assert "allow_interuptions" in problem["message"]


def test_an_editor_explains_what_is_taken_over(editor: Editor) -> None:
    shown = editor.at("exte|nds: _base.yaml\n", "hover")
    assert "A file with keys that this profile takes over" in shown["contents"]["value"]


def test_an_editor_completes_the_parts_of_instructions(editor: Editor) -> None:
    offered = labels(editor.at("instructions:\n  |", "completion"))
    assert {"file", "common", "audio", "text"} <= set(offered)
    assert "file" in labels(editor.at("instructions:\n  common:\n    |", "completion"))


@pytest.mark.parametrize(
    "instructions",
    ["{file: prompts/desk.md}", "{common: {file: desk.md}, audio: Be brief.}", "Be brief."],
)
def test_an_editor_takes_every_form_of_instructions(editor: Editor, instructions: str) -> None:
    assert editor.problems(f"instructions: {instructions}\nllm: openai/gpt-realtime\n") == []


def test_an_editor_misses_no_key_in_a_part_that_profiles_share(editor: Editor) -> None:
    assert editor.problems("llm: openai/gpt-4.1-mini\n", OF_PARTS) == []
    [problem] = editor.problems("allow_interruptions: perhaps\n", OF_PARTS)
    assert problem["range"]["start"] == {"line": 1, "character": 21}
    assert "session" in labels(editor.at("|", "completion", OF_PARTS))


# Scenario files.

CALL = """\
rehearsal:
  - name: a caller asks
    turns:
      - user: What are your opening hours?
"""


def test_an_editor_completes_the_one_key_of_a_scenario_file(editor: Editor) -> None:
    offered = labels(editor.at("re|", "completion", OF_SCENARIOS))
    assert "rehearsal" in offered
    assert "instructions" not in offered


def test_an_editor_completes_keys_and_events_in_a_scenario_file(editor: Editor) -> None:
    offered = labels(editor.at(CALL + "        |", "completion", OF_SCENARIOS))
    assert {"send_after", "expect", "voice"} <= set(offered)
    text = CALL + "        expect:\n          - event: |"
    assert {"response", "bot_interrupted"} <= set(
        labels(editor.at(text, "completion", OF_SCENARIOS))
    )


def test_an_editor_explains_a_key_of_a_scenario_file(editor: Editor) -> None:
    shown = editor.at(CALL.replace("user", "us|er"), "hover", OF_SCENARIOS)
    assert "What the caller says: a text" in shown["contents"]["value"]


def test_an_editor_underlines_a_mistake_in_a_scenario_file(editor: Editor) -> None:
    text = CALL + "        expect: [{event: bot_stoped}]\n"
    [problem] = editor.problems(text, OF_SCENARIOS)
    assert '"bot_stopped_speaking"' in problem["message"]
    assert problem["range"] == {
        "start": {"line": 5, "character": 25},
        "end": {"line": 5, "character": 35},
    }


def test_an_editor_underlines_a_key_that_goes_into_a_profile(editor: Editor) -> None:
    [problem] = editor.problems("instructions: Be brief.\n" + CALL, OF_SCENARIOS)
    assert "instructions" in problem["message"]
    assert problem["range"]["start"] == {"line": 1, "character": 0}


def test_an_editor_has_nothing_to_say_against_a_scenario_file_that_is_fine(editor: Editor) -> None:
    text = (ROOT / "tests" / "scenario_files" / "fine.yaml").read_text("utf-8")
    assert editor.problems(text.partition("\n")[2], OF_SCENARIOS) == []
