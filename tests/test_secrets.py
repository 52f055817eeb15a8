"""Secrets in profiles: what a profile needs, what happens without it, and who never sees it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pytest
from livekit.agents import inference
from support import ROOT
from support.profiles import MINIMAL, MODELS, make_profile, write_profile
from support.program import Run, environment

from voice_agent import load
from voice_agent.commands import show, validate
from voice_agent.commands.output_formats import FORMATS
from voice_agent.format import needs
from voice_agent.runtime import settings as runtime_settings

INFERENCE = "is not set, and this model is on LiveKit Inference"
KEY, SECRET = "k-1234567890", "s-12345678901234567890123456789012"
NAMED = """\
instructions: You are a helpful assistant.
stt: {model: deepgram/nova-3, api_key: "{{ secrets.DESK_KEY }}", api_secret: "{{ secrets.DESK_SECRET }}"}
llm: {plugin: openai, base_url: "https://{{ secrets.LLM_HOST }}/v1", api_key: "{{ secrets.DESK_KEY }}"}
tts: cartesia/sonic-3
"""  # noqa: E501
Check = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_more_variables() -> Iterator[None]:
    """Forget what `.env` has brought into the environment."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def desk(project: Path) -> Path:
    """A profile that names secrets, in an empty project."""
    return write_profile(Path("profiles/desk.yaml"), NAMED)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Run `validate`; return its exit code, and what it wrote to standard output and error."""

    def run_validate(*words: str) -> tuple[int, str, str]:
        code = validate.run(words)
        return code, *capsys.readouterr()

    return run_validate


def test_a_profile_needs_its_secrets_and_the_keys_of_its_models_on_inference(desk: Path) -> None:
    profile = load(desk)
    assert needs.secrets(profile) == ["DESK_KEY", "DESK_SECRET", "LLM_HOST"]
    assert needs.variables(profile) == [
        *("DESK_KEY", "DESK_SECRET", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LLM_HOST"),
    ]


def test_a_profile_on_plugins_and_keys_of_its_own_needs_no_key_of_livekits(desk: Path) -> None:
    write_profile(desk, NAMED.replace("cartesia/sonic-3", "{plugin: cartesia}"))
    assert not needs.uses_inference(load(desk))
    assert needs.missing_keys(load(desk), {}) == []


def test_what_is_written_word_for_word_is_no_need(desk: Path) -> None:
    escaped = "instructions: Write \\{{ secrets.NAME }}.\n" + MINIMAL.partition("\n")[2]
    assert needs.secrets(load(write_profile(desk, escaped))) == []


def test_validate_says_in_one_line_what_a_profile_needs(desk: Path, check: Check) -> None:
    write_profile(Path("profiles/least.yaml"))
    line = "desk needs DESK_KEY, DESK_SECRET and LLM_HOST in the environment"
    assert check() == (0, f"2 profiles, no problems\n{line}\n", "")
    assert check("--quiet")[1] == ""
    assert json.loads(check("--format", "json")[1])["environment"] == [
        {
            "path": "profiles/desk.yaml",
            "profile": "desk",
            "variables": needs.variables(load(desk)),
        },
        {
            "path": "profiles/least.yaml",
            "profile": "least",
            "variables": ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"],
        },
    ]


def test_validate_says_where_what_is_not_set_is_named(
    desk: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    Path(".env").write_text(f"DESK_KEY={KEY}\n")
    code, said, _ = check("--environment", "--format", "json")
    found = json.loads(said)["problems"]
    assert code == 1
    assert [(each["line"], each["column"], each["kind"], each["message"]) for each in found] == [
        (3, 42, "unset-secret", "LLM_HOST is not set"),
        (4, 6, "unset-secret", f"LIVEKIT_API_SECRET {INFERENCE}"),
    ]
    Path(".env").write_text(f"DESK_KEY={KEY}\nLLM_HOST=h\nLIVEKIT_API_SECRET={SECRET}\n")
    assert check("--environment")[0] == 0


def test_a_secret_in_a_file_that_a_profile_names_is_pointed_at_there_and_not_shown(
    project: Path, check: Check
) -> None:
    write_profile(
        Path("profiles/desk.md"), f"Be brief.\nUse {{{{ secrets.A }}}}, or sk-{KEY}12345.\n"
    )
    write_profile(Path("profiles/_base.yaml"), MODELS + "session: {api_key: 5up3r-s3cret}\n")
    write_profile(
        Path("profiles/desk.yaml"), "extends: _base.yaml\ninstructions: {file: desk.md}\n"
    )
    code, said, _ = check("profiles/desk.yaml")
    assert code == 1
    for place in ("desk.md:2:5:", "desk.md:2:25:", "_base.yaml:4:11:"):
        assert f"profiles/{place}" in said
    assert KEY not in said
    assert "5up3r" not in said


@pytest.mark.parametrize("command", ["console", "dev", "start", "connect"])
def test_no_command_begins_without_the_secrets_and_all_are_named(
    desk: Path, command: str, run_here: Run
) -> None:
    account = {"LIVEKIT_URL": "wss://h", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s"}
    shown = run_here(command, "--profile", "desk", cwd=Path.cwd(), DESK_SECRET=SECRET, **account)
    assert shown.returncode == 2
    assert shown.stderr == (
        'The profile "desk" names DESK_KEY and LLM_HOST as secrets. Put them in a file named .env '
        "in this folder, or in the environment; or add --offline to run without an account.\n"
    )


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_of_validate_shows_a_secret_that_is_written_into_a_file(
    form: str, check: Check
) -> None:
    files = [str(file) for file in (ROOT / "tests").glob("*/secret-*.yaml")]
    said = "".join(check("--format", form, *files)[1:])
    assert "secret" in said
    for secret in ("5up3r", "s3cret", "abcdef", "AKIA", "MIIEvQ", "12345678"):
        assert secret not in said


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_show_hides_a_secret_that_is_written_into_the_file_and_says_so(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(ROOT / "tests" / "warnings" / "secret-in-file.yaml")
    assert show.run([file, "--format", form]) == 0
    said = capsys.readouterr().out
    assert "***" in said
    assert "with a secret that is not shown" in said or '"hides": true' in said
    for secret in ("5up3r", "abcdef", "12345678"):
        assert secret not in said
    assert "unused" in said


class _Refusing(BaseHTTPRequestHandler):
    """A server that refuses a key, and says which."""

    def do_POST(self) -> None:
        body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a server that refuses every key, and quotes it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.fixture
def refused(tmp_path: Path, refusing: str) -> Path:
    """A profile whose llm is refused as soon as it is asked, with a key from the environment."""
    keys = 'api_key: "{{ secrets.DESK_KEY }}", api_secret: "{{ secrets.DESK_SECRET }}"'
    llm = f"llm: {{model: openai/gpt-4.1-mini, base_url: {refusing}, {keys}}}\n"
    rest = "stt: deepgram/nova-3\ntts: cartesia/sonic-3\n"
    text = f"instructions: Be brief.\n{llm}{rest}on_enter: Hello, who is this?\n"
    return write_profile(tmp_path / "desk.yaml", text)


VARIABLES = {
    "DESK_KEY": KEY,
    "DESK_SECRET": SECRET,
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": SECRET,
}


def test_the_text_console_and_its_transcript_show_no_secret_that_a_server_quotes(
    refused: Path, tmp_path: Path, run: Run
) -> None:
    kept = tmp_path / "kept.txt"
    words = ["--text", "--transcript", str(kept), "--log-level", "debug"]
    shown = run("console", "--profile", str(refused), *words, stdin="Hello?\n", **VARIABLES)
    said = shown.stdout + shown.stderr
    assert shown.returncode == 2
    assert "The agent could not answer: the language model refuses the key (401: " in said
    assert "Incorrect API key provided: ***" in said
    assert "Incorrect API key provided: ***" in kept.read_text()
    assert KEY not in said + kept.read_text()


# As `start` serves a call: in a process of its own, with LiveKit's log for production.
WORKER = """
import asyncio, sys
from livekit.agents.cli.log import setup_logging
from voice_agent.runtime.server import make_server

server = make_server()

async def take_a_call():
    started = asyncio.Event()
    server.once("worker_started", started.set)
    serving = asyncio.ensure_future(server.run(devmode=True, unregistered=True))
    await started.wait()
    await server.simulate_job("a-room", agent_identity="agent", fake_job=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.aclose()
    await serving

if __name__ == "__main__":
    setup_logging("DEBUG", devmode=False, console=False)
    asyncio.run(take_a_call())
"""


@pytest.mark.calls
async def test_the_log_of_start_shows_no_secret_that_a_server_quotes(
    refused: Path, tmp_path: Path
) -> None:
    worker_file = tmp_path / "worker.py"
    worker_file.write_text(WORKER)
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        str(worker_file),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(AGENT_PROFILE=str(refused), PYTHONPATH=str(ROOT), **VARIABLES),
    )
    assert worker.stdin
    assert worker.stdout
    lines: list[str] = []

    async def read() -> None:
        while worker.stdout and "Incorrect API key provided: ***" not in "".join(lines):
            lines.append((await worker.stdout.readline()).decode())
            assert lines[-1], "".join(lines)

    await asyncio.wait_for(read(), 60)
    worker.stdin.close()
    lines.append((await worker.stdout.read()).decode())
    await worker.wait()
    assert KEY not in "".join(lines)
    assert any(json.loads(line).get("exc_info") for line in lines if line.startswith("{"))


def test_the_turn_detector_gets_the_secrets_that_it_names_but_not_offline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = {"api_key": "{{ secrets.DESK_KEY }}", "api_secret": "{{ secrets.DESK_SECRET }}"}
    profile = make_profile(turn_handling={"turn_detection": {"version": "v1", **keys}})
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(inference, "TurnDetector", dict)
    made = runtime_settings.turn_handling(profile.turn_handling)
    assert made["turn_detection"] == {"version": "v1", "api_key": KEY, "api_secret": SECRET}
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    made = runtime_settings.turn_handling(profile.turn_handling)
    assert made["turn_detection"] == {"version": "v1"}
