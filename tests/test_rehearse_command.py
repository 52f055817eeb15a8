"""The command `rehearse`, as an operator runs it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

import psutil
import pytest
from support.profiles import MINIMAL, write_profile
from support.program import Run, Terminal, alive, die, eventually, run_agent, run_python

from voice_agent.commands import rehearse as rehearse_command
from voice_agent.commands.rehearse import run as rehearse
from voice_agent.errors import WRONG, UsageError
from voice_agent.format.diagnostics import width as columns_of
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.results import CallResult, Check, LateRun, Measures
from voice_agent.standin.process import Standin

REHEARSAL = """\
rehearsal:
  - name: a caller types
    replies: [Good morning.]
    turns:
      - type: Hello.
        expect:
          - {event: response, text_contains: good morning}
  - name: a caller types in vain
    hears: really
    replies: [Good morning.]
    turns:
      - type: Hello.
        expect:
          - {event: response, text_contains: good evening, within_ms: 2000}
"""
DESK = MINIMAL + REHEARSAL
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
def run(run_here: Run) -> Run:
    """Start no process for what a function call shows as well."""
    return run_here


@pytest.fixture
def desk(tmp_path: Path) -> str:
    return str(write_profile(tmp_path / "desk.yaml", DESK))


@pytest.mark.calls
def test_an_agent_that_keeps_its_word_passes_and_the_timeline_is_shown(run: Run) -> None:
    ended = run("rehearse", "uninterruptable", "--only", "last tenth")
    assert ended.returncode == 0, ended.stderr
    assert "talked over in the last tenth" in ended.stdout
    assert ended.stderr == (
        "the calls have begun\n"
        '1 of 1 calls; uninterruptable: "talked over in the last tenth" passes\n'
    )


@pytest.mark.calls
def test_what_fails_is_told_for_machines_on_stdout_alone(
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
    assert ended.stderr.endswith(f"\nReport: {out}/desk/report.html\n")
    digest = hashlib.sha256(Path(desk).read_bytes()).hexdigest()
    assert rehearsal["about"]["profile_sha256"] == digest[:12]
    assert {turn["origin"] for call in rehearsal["calls"] for turn in call["turns"]} == {
        None,
        "replies",
    }


@pytest.mark.calls
def test_scenarios_from_a_file_of_their_own_take_the_place_of_the_profiles(
    run: Run, desk: str, tmp_path: Path
) -> None:
    file = tmp_path / "evening.yaml"
    file.write_text(EVENING)
    ended = run("rehearse", desk, "--scenarios", str(file), "--only", "types")
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
            r'No call has "a caller sings" in its name\. There are: talked over at .*'
            r"typed over, a caller types, a caller types in vain\.",
        ),
        (
            ("type: Hello.", "audio: hello.wav"),
            ("--only", "a caller types"),
            r'There is no sound file "hello\.wav" in .*, or below it\.',
        ),
        (
            ("type: Hello.", "audio: ../../hello.wav"),
            ("--only", "a caller types"),
            r'There is no sound file "\.\./\.\./hello\.wav" in .*, or below it\.',
        ),
        (
            ("type: Hello.", "audio: desk.yaml"),
            ("--only", "a caller types"),
            r'The sound file "desk\.yaml" cannot be played: Invalid data [a-z ]+\.',
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


def test_a_missing_extra_is_named() -> None:
    # An empty module of that name, without a loader, is what is not installed.
    hide = "import sys; sys.modules['pocketsphinx'] = None; sys.argv[0] = 'agent.py'; "
    start = "import runpy; runpy.run_path('agent.py', run_name='__main__')"
    ended = run_python(hide + start, "rehearse", "uninterruptable")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "The offline stand-in needs pocketsphinx: run pip install pocketsphinx\n"
    )


@pytest.mark.calls
def test_ctrl_c_ends_every_process_without_a_traceback() -> None:
    with Terminal("rehearse", "uninterruptable") as terminal:
        terminal.until("the calls have begun")
        # Once the calls are run, in processes of their own.
        deadline = time.monotonic() + 60
        while len(left := psutil.Process(terminal.process.pid).children(recursive=True)) < 4:
            assert time.monotonic() < deadline
            terminal.read(0.1)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert eventually(lambda: not any(alive(each.pid) for each in left))


@pytest.mark.calls
@pytest.mark.parametrize(
    ("limits", "code", "late"),
    [
        # One call fails for certain, and nothing can be said of the other; or of both.
        ({"TOO_LATE": -1.0}, 1, '"a caller types" of desk'),
        (
            {"TOO_LATE": -1.0, "TOO_LATE_TO_BLAME": -1.0},
            2,
            '"a caller types" of desk, "a caller types in vain" of desk',
        ),
    ],
)
def test_a_machine_that_is_too_slow_is_told_from_an_agent_that_fails(
    limits: dict[str, float],
    code: int,
    late: str,
    desk: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, limit in limits.items():
        monkeypatch.setattr(runner, name, limit)
    before = signal.getsignal(signal.SIGINT)
    ended = rehearse([desk, "--only", "a caller types", "--jobs", "1"])
    signal.signal(signal.SIGINT, before)
    told = capsys.readouterr()
    assert ended == code
    assert re.fullmatch(
        rf"This machine cannot keep real time: it was up to \d\.\d s late in {late}, which says "
        r"nothing of the agent and is left out\. "
        r"Close other programs, or use a faster machine\.",
        told.err.splitlines()[-1],
    )
    assert "- left out  a caller types\n  Run 1 of 3 does not count: the machine was " in told.out
    assert ("✗ failed  a caller types in vain" in told.out) == (code == 1)
    assert "left out" in told.out.splitlines()[-1]
    assert not [name for name in os.environ if name.startswith("LIVEKIT_INFERENCE")]


def test_a_folder_that_cannot_be_written_is_told_before_the_first_call(
    run: Run, desk: str, tmp_path: Path
) -> None:
    ended = run("rehearse", desk, "--out", desk)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{desk} is a file; --out wants a folder.\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("evening.yaml", 'There is no file "evening.yaml".'),
        (".env", 'Scenarios are a .yaml or .yml file, and ".env" is not.'),
    ],
)
def test_scenarios_that_are_nowhere_are_told_from_scenarios_that_are_wrong(
    run: Run, name: str, told: str, tmp_path: Path
) -> None:
    ended = run("rehearse", "uninterruptable", "--scenarios", name, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"{told}\n")


def test_a_folder_stands_for_every_profile_below_it(run: Run, desk: str) -> None:
    below = Path(desk).parent / "branches"
    below.mkdir()
    (below / "night.yaml").write_text(DESK.replace("a caller types", "a night owl types"))
    ended = run("rehearse", str(below.parent), "--only", "nobody")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "a caller types, a caller types in vain" in ended.stderr
    assert "a night owl types, a night owl types in vain" in ended.stderr


def test_scenario_files_in_a_folder_are_passed_over(run: Run, desk: str) -> None:
    (Path(desk).parent / "evening.yaml").write_text(EVENING)
    ended = run("rehearse", str(Path(desk).parent), "--only", "nobody")
    assert "a caller types in vain" in ended.stderr
    assert "in the evening" not in ended.stderr


@pytest.mark.parametrize("word", ["evening.yaml", "./evening.yaml"])
def test_a_scenario_file_in_place_of_a_profile_is_sent_to_its_option(
    run: Run, desk: str, tmp_path: Path, word: str
) -> None:
    (tmp_path / "evening.yaml").write_text(EVENING)
    ended = run("rehearse", desk, word, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        '"evening.yaml" has calls and no profile. Play them to one: '
        "python agent.py rehearse PROFILE --scenarios evening.yaml\n"
    )


def test_everything_wrong_with_the_profiles_of_a_folder_is_said_at_once(
    run: Run, tmp_path: Path
) -> None:
    for name in ("day", "night"):
        (tmp_path / f"{name}.yaml").write_text(f"{MINIMAL}{name}: true\n")
    ended = run("rehearse", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert 'unknown key "day"' in ended.stderr
    assert 'unknown key "night"' in ended.stderr


def test_a_folder_without_profiles_is_a_sentence(run: Run, tmp_path: Path) -> None:
    ended = run("rehearse", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f'There are no profiles in "{tmp_path}": no file ends in .yaml or .yml.\n'
    )


def test_a_terminal_obeys_no_name_of_a_call(run: Run, desk: str) -> None:
    Path(desk).write_text(DESK.replace("a caller types in vain", '"\\e[2J a caller"'))
    ended = run("rehearse", desk, "--only", "nobody")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "\x1b" not in ended.stderr
    assert "\ufffd[2J a caller" in ended.stderr


@pytest.mark.calls
def test_a_rehearsal_tells_what_failed_in_its_stand_in(desk: str, tmp_path: Path) -> None:
    (tmp_path / "pocketsphinx.py").write_text("raise LookupError('there is no model')")
    there = {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    ended = run_agent("rehearse", desk, "--only", "types in vain", **there)
    [log] = tmp_path.glob("voice-agent-standin-*.log")
    told = "the recognizer ended by itself, with exit code 1"
    assert ended.stderr.endswith(
        f"The offline stand-in failed: {told}. Its log is kept in {log}.\n"
    )
    failure = "The offline stand-in failed meanwhile, which is no fault of the agent:"
    assert failure in ended.stdout
    assert "LookupError: there is no model" in log.read_text()


@pytest.fixture
def stage() -> Iterator[runner.Stage]:
    with runner.stage(1) as stage:
        yield stage


def test_a_process_that_dies_in_a_call_is_told(stage: runner.Stage) -> None:
    with pytest.raises(UsageError, match=r"^A process that ran a call has ended unexpectedly"):
        stage.run_calls([die], lambda *_: None)


def test_a_stand_in_that_dies_is_told_from_an_agent_that_says_nothing(
    stage: runner.Stage,
) -> None:
    assert stage._standin.pid
    os.kill(stage._standin.pid, signal.SIGKILL)
    with pytest.raises(UsageError, match=r"^The offline stand-in has ended unexpectedly"):
        stage.run_calls([partial(time.sleep, 60)], lambda *_: None)


def test_ctrl_c_works_again_where_no_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("multiprocessing.popen_forkserver.Popen._launch", refuse)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(UsageError) as caught, runner.stage(2) as stage:
        stage.run_calls([die], lambda *_: None)
    assert str(caught.value) == (
        "The processes that run the calls cannot be started: Resource temporarily unavailable. "
        "Close other programs, and try again with --jobs 1."
    )
    assert signal.getsignal(signal.SIGINT) == before


def run_late_at_first(note: Path) -> CallResult:
    """Fail on a late machine in the first run, and pass on time in the second."""
    first = not note.exists()
    note.touch()
    check = Check("It answers.", not first, "It did not." if first else "It did.")
    lag = 0.8 if first else 0.0
    return CallResult("a call", True, checks=(check,), measures=Measures(lag=lag))


def test_a_call_that_failed_on_a_late_machine_and_then_passes_says_so(
    standin: Standin, tmp_path: Path
) -> None:
    shown: list[CallResult] = []
    run = partial(run_late_at_first, tmp_path / "note")
    with ThreadPool(1) as pool:
        stage = runner.Stage(standin, tmp_path, lambda _: nullcontext((pool, ())))
        [call] = stage.run_calls([run], lambda _, result: shown.append(result))
    assert call.passed
    failed = Check("It answers.", False, "It did not.")
    assert call.late_runs == (LateRun(0.8, 1, (failed,)),)
    assert shown == [call]
    assert stage.left_out == {}


def test_the_progress_line_tells_in_which_run_a_call_passes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check = Check("It answers.", True, "It did.")
    call = CallResult("a call", True, checks=(check,), late_runs=(LateRun(0.8, 1),))
    rehearse_command._Progress()("desk", call, 1, 2)
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == '1 of 2 calls; desk: "a call" passes in run 2'


def test_the_progress_stays_in_one_line_of_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    long = CallResult("请问你们今天几点开门 and a good deal besides", True)
    rehearse_command._Progress()("desk", long, 1, 2)
    *_, line = capsys.readouterr().err.split("\r\x1b[K")
    assert line.startswith('1 of 2 calls; desk: "请问你们今天几')
    assert columns_of(line) < 40


@pytest.mark.calls
def test_a_quick_rehearsal_of_two_profiles_makes_the_telling_calls_and_says_so(
    run: Run, desk: str, tmp_path: Path
) -> None:
    other = write_profile(tmp_path / "other.yaml", MINIMAL)
    ended = run("rehearse", desk, str(other), "--quick", "--format", "json")
    assert ended.returncode == WRONG, ended.stderr
    first, second = json.loads(ended.stdout)["rehearsals"]
    telling = ["talked over in the middle", "talked over past the end", "typed over"]
    assert [call["name"] for call in second["calls"]] == telling
    written = ["a caller types", "a caller types in vain"]
    assert [call["name"] for call in first["calls"]] == [*telling, *written]
    for rehearsal in (first, second):
        assert any("This was a quick rehearsal" in note for note in rehearsal["notes"])
    lines = ended.stderr.splitlines()
    begun, *told = [line for line in lines if "calls" in line]
    assert begun == "the calls have begun"
    assert [line.partition(";")[0] for line in told] == [f"{n} of 8 calls" for n in range(1, 9)]
    assert {line.partition("; ")[2].partition(":")[0] for line in told} == {"desk", "other"}
