"""What an editor with the YAML language server offers on a profile, asked over its protocol."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support import ROOT
from support.parts import LANGUAGE_SERVER

MODELINE = "# yaml-language-server: $schema=../schema/profile.schema.json\n"


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

    def open(self, text: str) -> str:
        """Open a profile in profiles/ that is not saved, and return its address."""
        self._count += 1
        uri = (ROOT / "profiles" / f"unsaved-{self._count}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": MODELINE + text}
        self.tell("textDocument/didOpen", textDocument=document)
        return uri

    def at(self, text: str, request: str) -> Any:
        """What the server answers at the | in a profile."""
        before, _, after = text.partition("|")
        uri = self.open(before + after)
        lines = (MODELINE + before).split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        return self.ask(f"textDocument/{request}", textDocument={"uri": uri}, position=position)

    def problems(self, text: str) -> list[dict[str, Any]]:
        """The problems that the server underlines in a profile."""
        uri = self.open(text)
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
