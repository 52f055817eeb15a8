"""The command `rehearse`, as an operator runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from conftest import ROOT, Run, Terminal, environment

from voice_agent.errors import UsageError
from voice_agent.rehearsal import run as rehearsals
from voice_agent.rehearse import rehearse

DESK = """\
instructions: Be brief.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
rehearsal:
  - name: a caller types
    replies: [Good morning.]
    turns:
      - type: Hello.
        expect:
          - {event: response, text_contains: good morning}
  - name: a caller types in vain
    replies: [Good morning.]
    turns:
      - type: Hello.
        expect:
          - {event: response, text_contains: good evening, within_ms: 2000}
"""
EVENING = """\
rehearsal:
  - name: a caller types in the evening
    replies: [Good evening.]
    turns:
      - type: Hello.
        expect:
          - {event: response, text_contains: good evening}
"""


@pytest.fixture
def desk(tmp_path: Path) -> str:
    path = tmp_path / "desk.yaml"
    path.write_text(DESK)
    return str(path)


def test_an_agent_that_keeps_its_word_passes_and_the_timeline_is_shown(run: Run) -> None:
    ended = run("rehearse", "uninterruptable", "--only", "last tenth")
    assert ended.returncode == 0, ended.stderr
    assert "talked over in the last tenth" in ended.stdout
    assert ended.stderr == (
        "uninterruptable: the calls have begun\n"
        'uninterruptable: 1 of 1 calls; "talked over in the last tenth" holds\n'
    )


def test_what_does_not_hold_is_told_for_machines_on_stdout_alone(
    run: Run, desk: str, tmp_path: Path
) -> None:
    out = tmp_path / "kept"
    words = ("--only", "a caller types", "--format", "json", "--out", str(out))
    ended = run("rehearse", desk, *words)
    assert ended.returncode == 1
    told = json.loads(ended.stdout)
    [rehearsal] = told["rehearsals"]
    assert (told["passed"], rehearsal["passed"]) == (False, False)
    assert {call["name"]: call["passed"] for call in rehearsal["calls"]} == {
        "a caller types": True,
        "a caller types in vain": False,
    }
    assert '"a caller types in vain" FAILS' in ended.stderr
    kept = {path.suffix for path in (out / "desk").iterdir()}
    assert kept >= {".wav", ".jsonl", ".xml", ".html"}


def test_scenarios_from_a_file_of_their_own_take_the_place_of_the_profiles(
    run: Run, desk: str, tmp_path: Path
) -> None:
    file = tmp_path / "evening.yaml"
    file.write_text(EVENING)
    ended = run("rehearse", "--profile", desk, "--scenarios", str(file), "--only", "types")
    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 calls" in ended.stderr


def test_a_wrong_scenario_in_a_file_is_shown_at_its_place(
    run: Run, desk: str, tmp_path: Path
) -> None:
    file = tmp_path / "evening.yaml"
    file.write_text(EVENING.replace("expect", "expects"))
    ended = run("rehearse", desk, "--scenarios", str(file))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f'{file}:6:9: unknown key "expects"; did you mean "expect"? [unknown-key]\n'
        "  |\n"
        "6 |         expects:\n"
        "  |         ^~~~~~~\n"
    )


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        (
            ("deepgram/nova-3", "deepgram/nova-3"),
            ("--only", "a caller sings"),
            r'No call of "desk" has "a caller sings" in its name\. There are: talked over at .*'
            r"typed over, a caller types, a caller types in vain\.",
        ),
        (
            ("openai/gpt-4.1-mini", "openai/gpt-realtime"),
            (),
            r'"openai/gpt-realtime" hears and speaks by itself, which the offline stand-in cannot '
            r'play, so "desk" cannot be rehearsed\. Try the rest of it with another llm\.',
        ),
        (
            ("type: Hello.", "audio: hello.wav"),
            ("--only", "a caller types"),
            r'The audio "hello\.wav" cannot be read: .*',
        ),
        (
            ("type: Hello.", "audio: ../../hello.wav"),
            ("--only", "a caller types"),
            r'The audio "\.\./\.\./hello\.wav" is outside the folder of the profile\.',
        ),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_in_a_sentence(
    run: Run, desk: str, change: tuple[str, str], words: tuple[str, ...], told: str
) -> None:
    Path(desk).write_text(DESK.replace(*change))
    ended = run("rehearse", desk, *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(told, ended.stderr.splitlines()[-1]), ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    # An empty module of that name, without a loader, is what is not installed.
    hide = "import sys; sys.modules['pocketsphinx'] = None; sys.argv[0] = 'agent.py'; "
    start = "import runpy; runpy.run_path('agent.py', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", hide + start, "rehearse", "uninterruptable"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "The offline stand-in needs pocketsphinx: "
        "run pip install -e '.[offline]' in the project's folder.\n"
    )


def test_ctrl_c_ends_every_process_without_a_traceback() -> None:
    with Terminal("rehearse", "uninterruptable") as terminal:
        terminal.until("the calls have begun")
        # Once the calls are held, in processes of their own.
        deadline = time.monotonic() + 60
        while len(left := psutil.Process(terminal.process.pid).children(recursive=True)) < 4:
            assert time.monotonic() < deadline
            terminal.read(0.1)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    _, alive = psutil.wait_procs(left, 10)
    assert alive == []


def test_a_machine_that_is_too_slow_is_told_from_an_agent_that_fails(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals, "TOO_LATE", -1.0)
    monkeypatch.setattr(rehearsals, "_TRIES", 2)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(UsageError, match=r"^This machine cannot keep real time: it was up to \d"):
        rehearse([desk, "--only", "a caller types", "--jobs", "1"])
    signal.signal(signal.SIGINT, before)
    assert rehearsals.TooSlow.__mro__[1] is UsageError
    assert not [name for name in os.environ if name.startswith("LIVEKIT_INFERENCE")]
