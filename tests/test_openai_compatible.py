"""A server that speaks OpenAI's protocol, as Ollama, vLLM and llama.cpp do, is an agent's model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from support import parts
from support.program import Run

WORDS = ["I run ", "on this ", "machine."]


class Server(ThreadingHTTPServer):
    """A server that answers every chat with the same words, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """Answers with server-sent events, as the protocol has it where an answer is streamed."""

    server: Server

    def do_POST(self) -> None:
        self.server.keys.append(self.headers["Authorization"])
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"path": self.path, **body})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in WORDS:
            self._send({"delta": {"role": "assistant", "content": word}, "finish_reason": None})
        self._send({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def do_GET(self) -> None:
        self.send_error(404)

    def _send(self, choice: dict[str, Any]) -> None:
        chunk = {
            "id": "chat-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "llama3.2",
            "choices": [{"index": 0, **choice}],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing of requests."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of one's own on this machine."""
    made = Server()
    thread = Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.calls
@pytest.mark.parametrize("plugin", ["openai", "openai.LLM.with_ollama"])
def test_an_agent_answers_with_a_model_on_ones_own_server(
    run_here: Run, server: Server, tmp_path: Path, plugin: str
) -> None:
    parts.plugin("openai").path()
    key = ", api_key: unused" if plugin == "openai" else ""
    llm = f'{{plugin: {plugin}, base_url: "{server.url}", model: llama3.2, temperature: 0.2{key}}}'
    profile = tmp_path / "desk.yaml"
    profile.write_text(
        "instructions: You are a porter.\n"
        f"llm: {llm}\n"
        f'stt: {{plugin: openai, base_url: "{server.url}", api_key: unused}}\n'
        f'tts: {{plugin: openai, base_url: "{server.url}", api_key: unused}}\n'
    )
    said = run_here("console", "--text", "--profile", str(profile), stdin="Where do you run?\n")
    assert said.stdout == "You: Where do you run?\nAgent: I run on this machine.\n", said.stderr
    assert said.returncode == 0
    [asked] = server.asked
    assert (asked["path"], asked["model"]) == ("/v1/chat/completions", "llama3.2")
    assert asked["temperature"] == 0.2
    assert [(each["role"], each["content"]) for each in asked["messages"]] == [
        ("system", "You are a porter."),
        ("user", "Where do you run?"),
    ]
    assert server.keys == ["Bearer unused" if plugin == "openai" else "Bearer ollama"]


@pytest.mark.calls
def test_a_server_that_is_not_there_is_a_sentence(run_here: Run, tmp_path: Path) -> None:
    parts.plugin("openai").path()
    profile = tmp_path / "desk.yaml"
    profile.write_text(
        "instructions: You are a porter.\nroom: {audio_input: false, audio_output: false}\n"
        'llm: {plugin: openai, base_url: "http://127.0.0.1:9/v1", api_key: unused}\n'
    )
    said = run_here("console", "--text", "--profile", str(profile), stdin="Where do you run?\n")
    assert "the language model cannot be reached" in said.stderr + said.stdout
    assert "Traceback" not in said.stderr
