"""What an operator gets to see of a rehearsal: text, files, and a page in a real browser."""

from __future__ import annotations

import io
import json
import re
import wave
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import av
import numpy as np
import pytest
import pytest_asyncio
from support.browser import Page, chromium, new_page
from support.parts import CHROMIUM
from support.rehearsals import ABOUT, HOSTILE, TALKED_OVER, rehearsal

from voice_agent.errors import UsageError
from voice_agent.format import diagnostics
from voice_agent.rehearsal.coverage import Coverage
from voice_agent.rehearsal.report import artifacts, html, junit, summary, text, waveform
from voice_agent.rehearsal.results import (
    About,
    BargeIn,
    CallResult,
    Check,
    Event,
    LateRun,
    Measures,
    Rehearsal,
    Step,
    ToolRun,
    Turn,
)

TIMELINE = """\
uninterruptable (profiles/uninterruptable.yaml) never lets the caller cut in.
2026-11-23 15:13 UTC · profile sha256 3f2a9c1b04de · voice-agent 0.1.0 (LiveKit Agents 1.8.9, Python
3.11.2)
Voices and words are a stand-in's: they say nothing of how fast your providers are, or of what your
language model says.
The caller talks over a test sentence, as a language model would write its opening.

✓ passed  barge-in in the middle of the opener  (15.5 s, 3 checks)
    4.10  blocked      "Stop, please."  allow_interruptions (profiles/uninterruptable.yaml:3)

✗ failed  barge-in twice in quick succession  (11.2 s, 3 checks)

          caller                                        agent
  0.70                                                ┌ (test sentence) Well, let me tell you
  1.20  ┌ Excuse me.                                  │ about the history of the paper clip. It
  1.80  └                                             │ begins,
  2.90  ┌ Stop, please.                               │
  3.60  └                                             │
  4.70  ┌ No, really, stop.                           │
  5.35  │                                             ✂ cut off
  5.90  └
  7.00  » (types) Are you still there?
  7.80                                                ┌ (test sentence) I am here. What can I do
                                                      │ for you?
 10.10                                                └

  Barge-ins
    1.20  ignored      "Excuse me."  aec_warmup_duration (by default)
    2.90  blocked      "Stop, please."  allow_interruptions (profiles/uninterruptable.yaml:3)
    4.70  let through  "No, really, stop."
                       silent after 0.65 s  allow_interruptions (profiles/uninterruptable.yaml:3)

  Checks
    ✗ The opener is never cut.
        It was cut off at 5.35 s, after "It begins,", 0.65 s into "No, really, stop."
    ✓ Text typed mid-speech is not lost.
        It was answered after 0.80 s.
    ✓ Nothing is left running.
        No task outlived the call.

  Barge-ins                    2 blocked, 1 let through, 1 ignored
  Time to the first word       0.66 s median, 0.70 s at worst
  Time to an answer            0.82 s median, 0.85 s at worst
  Silent after a barge-in      0.65 s measured once
  Speech detected after        0.15 s median, 0.20 s at worst
  End of turn decided after    0.61 s median, 0.72 s at worst
  Both sides speaking at once  2.87 s in all
  Machine late by              11 ms at worst

uninterruptable: 1 of 6 checks fails
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    return rehearsal(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module", autouse=True)
def _encode_a_recording_once() -> Iterator[None]:
    encoded: dict[bytes, bytes] = {}
    encode = waveform._mp3

    def remembered(recording: waveform.Recording) -> bytes:
        key = recording.samples.tobytes()
        if key not in encoded:
            encoded[key] = encode(recording)
        return encoded[key]

    with mock.patch.object(waveform, "_mp3", remembered):
        yield


@pytest.fixture(scope="module")
def page_file(sample: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page")
    artifacts.write([sample], out)
    return out / "uninterruptable" / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chromium."""
    with chromium(CHROMIUM.path(), tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest_asyncio.fixture
async def page(browser: str, page_file: Path) -> AsyncIterator[Page]:
    """The page of the sample, of which the browser must have nothing to complain about."""
    async with new_page(browser) as page:
        await page.look(width=1200)
        await page.open(page_file)
        yield page
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []


def test_the_terminal_shows_both_sides_line_by_line(sample: Rehearsal) -> None:
    own = replace(sample, calls=sample.calls[:2])

    assert text.render(own, colour=False) == TIMELINE


def test_calls_that_passed_are_shown_whole_on_demand(sample: Rehearsal) -> None:
    shown = text.render(sample, colour=False, verbose=True)

    assert "15.5 s, 3 checks)\n\n          caller " in shown
    assert "    ✓ The opener is never cut.\n        It was heard to its end at 9.40 s.\n" in shown


def test_colours_change_nothing_but_colours(sample: Rehearsal) -> None:
    painted = text.render(sample, colour=True)

    bare = "\n".join(line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", painted).split("\n"))
    assert bare == text.render(sample, colour=False)
    assert "\x1b[31m✗ failed\x1b[0m" in painted


def test_a_transcript_cannot_command_the_terminal(sample: Rehearsal) -> None:
    shown = text.render(sample, colour=False, verbose=True)

    assert not re.search("[\x00-\x09\x0b-\x1f]", shown)


@pytest.mark.parametrize("width", [60, 80, 130])
def test_columns_stay_within_the_terminal(sample: Rehearsal, width: int) -> None:
    long = Turn("agent", 0.0, 1.0, "x" * 200 + " 你好" * 40)
    call = replace(sample.calls[0], turns=(long,), barge_ins=(), checks=())
    shown = text.render(replace(sample, calls=(call,)), colour=False, width=width, verbose=True)

    columns = [line for line in shown.splitlines() if "│" in line or "┌" in line]
    assert max(map(diagnostics.width, columns)) <= width
    assert "".join(re.findall(r"[你好x]", shown)) == long.text.replace(" ", "")


LONG_NAME = "a caller of the emergency line asks for everything at once " * 2
LONG_PATH = "profiles/emergency-announcements-of-the-southern-region/uninterruptable.yaml"
CHINESE = "请问你们今天几点开门我想预约明天上午的时间" * 3


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("verbose", [False, True])
def test_nothing_sticks_out_of_the_terminal_or_breaks_inside_a_word(
    sample: Rehearsal, width: int, verbose: bool
) -> None:
    call = replace(
        sample.calls[1],
        name=LONG_NAME.strip(),
        turns=(Turn("caller", 0.0, 1.0, CHINESE), *sample.calls[1].turns),
        barge_ins=(
            *sample.calls[1].barge_ins,
            BargeIn(1.0, 2.0, CHINESE, "let through", "turn_handling", 3, silent_after=0.9),
        ),
        late_runs=(LateRun(0.8, 3),),
    )
    long = replace(
        sample,
        path=LONG_PATH,
        calls=(call, sample.calls[0]),
        left_out={LONG_NAME.strip(): (LateRun(2.3, 5),)},
        standin_errors=("the voice cannot be loaded",),
        notes=("The agent speaks German, and the voice that is heard is English.",),
    )

    shown = text.render(long, colour=False, width=width, verbose=verbose)

    lines = shown.splitlines()
    assert [line for line in lines if diagnostics.width(line) > width] == []
    words = " ".join(shown.split()).replace("│ ", "")
    for sentence in (LONG_NAME.strip(), *long.notes, call.checks[0].reason):
        assert sentence in words
    # A path that is wider than its column is broken, and all of it is there.
    assert f"({LONG_PATH}:3)" in "".join(shown.split())


def test_the_text_is_as_wide_as_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for columns in ("20", "60", "72", "100", "300"):
        monkeypatch.setenv("COLUMNS", columns)
        seen.append(text.columns())
    assert seen == [60, 60, 72, 100, 100]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], "1 call, nothing checked"),
        ([True], "1 call, 1 check, it passes"),
        ([True, True], "1 call, 2 checks, all pass"),
        ([True, False], "1 of 2 checks fails"),
        ([False, False], "2 of 2 checks fail"),
    ],
)
def test_the_last_line_counts(outcomes: list[bool], said: str) -> None:
    checks = tuple(Check("It must be so.", passed, "It was seen.") for passed in outcomes)
    call = CallResult("a call", True, checks=checks)
    alone = Rehearsal("desk", "desk.yaml", ABOUT, True, True, (call,))

    assert text.render(alone, colour=False).splitlines()[-1] == f"desk: {said}"


def test_there_are_six_figures_and_nothing_measured_is_not_shown_as_zero() -> None:
    silent = Rehearsal("desk", "desk.yaml", ABOUT, True, True, (CallResult("a call", True),))

    figures = [*summary.figures(summary.summarise(silent))]
    assert [figure.value for figure in figures] == ["-"] * 5 + ["0.00 s"]
    assert [figure.note for figure in figures if figure.value == "-"] == [
        "the agent never speaks first",
        "no answer",
        "none was let through",
        "nobody spoke into silence",
        "no turn ended",
    ]


def test_junit_has_a_suite_for_each_call_and_a_case_for_each_check(sample: Rehearsal) -> None:
    suites = ElementTree.fromstring(junit.render(sample).encode())

    assert suites.tag == "testsuites"
    assert (suites.get("tests"), suites.get("failures"), suites.get("time")) == ("7", "1", "32.200")
    assert [suite.get("name") for suite in suites] == [call.name for call in sample.calls]
    for suite, call in zip(suites, sample.calls, strict=True):
        assert [part.tag for part in suite] == [
            "properties",
            *["testcase"] * len(call.checks),
            "system-out",
        ]
        assert suite.get("tests") == str(len(call.checks))
        assert {"failures", "errors", "skipped", "time"} < set(suite.attrib)
        for case in suite.iter("testcase"):
            assert set(case.attrib) == {"classname", "name", "time"}
    (failure,) = suites.iter("failure")
    assert failure.get("message") == sample.calls[1].checks[0].reason
    assert "✂ cut off" in (suites[1].findtext("system-out") or "")


def test_a_rehearsal_with_calls_left_out_passes_nowhere(sample: Rehearsal, tmp_path: Path) -> None:
    passed = tuple(call for call in sample.calls if call.passed)
    assert Rehearsal("desk", "desk.yaml", ABOUT, True, True, passed).passed
    runs = (LateRun(0.61, 5, (Check("It answers.", False, "It did not."),)), LateRun(2.34, 5))
    late = replace(sample, calls=passed, left_out={"typed over": runs})
    document = json.loads(html.as_json([late]))
    assert (document["passed"], document["rehearsals"][0]["passed"]) == (False, False)
    assert document["rehearsals"][0]["late"] == {"typed over": 2.34}
    suites = ElementTree.fromstring(junit.render(late))
    assert (suites.get("errors"), suites.get("failures")) == ("1", "0")
    [error] = suites.iter("error")
    assert error.get("message") == (
        "The machine was 2.3 s late, so that nothing can be said of the agent."
    )
    first = (
        "Run 1 of 2 does not count: the machine was 0.6 s late, and 1 of 5 checks failed: "
        "It answers. It did not."
    )
    last = "Run 2 of 2 does not count: the machine was 2.3 s late, though every check passed."
    assert suites.findtext("testsuite[@name='typed over']/system-out") == f"{first}\n{last}"
    shown = text.render(late, colour=False, width=140)
    assert f"\n- left out  typed over\n  {first}\n  {last}\n" in shown
    assert shown.endswith(" all pass, 1 call left out\n")
    page = html.html(late)
    assert 'class="verdict failed"' in page
    shown = _Elements(page).text
    assert f"Left out, as the machine was too latetyped over{first}{last}" in shown


def test_a_call_that_was_run_again_says_so_in_every_report(sample: Rehearsal) -> None:
    failed = Check("The opener is never cut.", False, "It was cut off at 5.35 s.")
    call = replace(sample.calls[0], late_runs=(LateRun(0.82, 3, (failed,)), LateRun(1.91, 3)))
    again = replace(sample, calls=(call,))
    first = (
        "Run 1 of 3 does not count: the machine was 0.8 s late, and 1 of 3 checks failed: "
        "The opener is never cut. It was cut off at 5.35 s."
    )
    second = "Run 2 of 3 does not count: the machine was 1.9 s late, though every check passed."

    shown = text.render(again, colour=False, width=140)
    heading = "✓ passed  barge-in in the middle of the opener  (15.5 s, 3 checks)"
    assert f"{heading}\n  {first}\n  {second}\n" in shown
    assert shown.endswith("uninterruptable: 1 call, 3 checks, all pass, 1 call run again\n")
    properties = {
        each.get("name"): each.get("value")
        for each in ElementTree.fromstring(junit.render(again)).iter("property")
    }
    assert properties["runs"] == "3"
    assert (properties["run 1"], properties["run 2"]) == (first, second)
    [told] = json.loads(html.as_json([again]))["rehearsals"]
    assert told["summary"]["run_again"] == 1
    runs = told["calls"][0]["late_runs"]
    assert [(run["lag"], len(run["failed"])) for run in runs] == [(0.82, 1), (1.91, 0)]
    assert f"{TALKED_OVER}{first}{second}" in _Elements(html.html(again)).text


def test_what_failed_in_the_stand_in_is_in_every_report(sample: Rehearsal) -> None:
    failed = replace(sample, standin_errors=("the voice cannot be loaded", "no more memory"))
    sentence = (
        "The offline stand-in failed meanwhile, which is no fault of the agent: "
        "the voice cannot be loaded; no more memory."
    )

    *_, told, verdict = text.render(failed, colour=False, width=140).splitlines()
    assert (told, verdict) == (sentence, "uninterruptable: 1 of 7 checks fails")
    suites = ElementTree.fromstring(junit.render(failed).encode())
    assert [suite.findtext("system-err") for suite in suites] == [sentence] * 3
    [told] = json.loads(html.as_json([failed]))["rehearsals"]
    assert told["standin_errors"] == ["the voice cannot be loaded", "no more memory"]
    assert sentence in _Elements(html.html(failed)).text


def test_what_was_not_spoken_as_it_should_be_is_in_every_report(sample: Rehearsal) -> None:
    note = "German is spoken with an English voice, as no voice for it is installed."
    noted = replace(sample, notes=(note,))

    *_, told, verdict = text.render(noted, colour=False, width=140).splitlines()
    assert (told, verdict) == (note, "uninterruptable: 1 of 7 checks fails")
    properties = "testsuite/properties/property[@name='note']"
    found = ElementTree.fromstring(junit.render(noted).encode()).findall(properties)
    assert [each.get("value") for each in found] == [note] * 3
    [told] = json.loads(html.as_json([noted]))["rehearsals"]
    assert told["notes"] == [note]
    assert note in _Elements(html.html(noted)).text


def test_json_has_everything_that_is_known(sample: Rehearsal) -> None:
    document = json.loads(html.as_json([sample]))

    assert (document["version"], document["passed"]) == (1, False)
    (told,) = document["rehearsals"]
    assert told["summary"]["failed"] == 1
    assert told["summary"]["answers"] == {"median": 0.8, "worst": 0.85, "count": 3}
    assert [call.pop("passed") for call in told["calls"]] == [True, False, True]
    calls = tuple(_call_result(**call) for call in told["calls"])
    assert told["calls"][1]["barge_ins"][2]["silent_after"] == 0.65
    assert told["calls"][1]["turns"][0]["origin"] == "test sentence"
    assert document["standin"].startswith("Voices and words are a stand-in's: ")
    lists = {name: tuple(told[name]) for name in ("standin_errors", "notes")}
    assert told.pop("coverage")["items"] == 0
    told |= {"calls": calls, "about": About(**told["about"]), "coverage": Coverage(), **lists}
    assert Rehearsal(**{key: told[key] for key in Rehearsal.__dataclass_fields__}) == sample


def _call_result(**told: Any) -> CallResult:
    kinds: dict[str, type] = {
        "events": Event,
        "tools": ToolRun,
        "steps": Step,
        "turns": Turn,
        "barge_ins": BargeIn,
        "checks": Check,
        "late_runs": LateRun,
    }
    lists = {name: tuple(kind(**each) for each in told[name]) for name, kind in kinds.items()}
    measures = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told["measures"].items()
    }
    more = {"measures": Measures(**measures), "recording": Path(told["recording"])}
    return CallResult(**{**told, **lists, **more})


def test_everything_is_kept_in_one_folder(sample: Rehearsal, tmp_path: Path) -> None:
    (kept,) = artifacts.write([sample], tmp_path / "a/b")

    folder = tmp_path / "a/b/uninterruptable"
    assert sorted(path.name for path in folder.iterdir()) == [
        "barge-in-in-the-middle-of-the-opener.wav",
        "barge-in-twice-in-quick-succession.wav",
        "coverage.sarif",
        "events.jsonl",
        "junit.xml",
        "rehearsal.json",
        "report.html",
        "the-caller-s-own-b-markup-b.wav",
    ]
    for before, after in zip(sample.calls, kept.calls, strict=True):
        assert before.recording
        assert after.recording
        assert after.recording.parent == folder
        assert after.recording.read_bytes() == before.recording.read_bytes()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert events[1] == {
        "call": "barge-in in the middle of the opener",
        "at": 4.1,
        "name": "user_started_speaking",
        "text": "",
    }
    assert events[-1]["text"] == HOSTILE
    document = json.loads((folder / "rehearsal.json").read_text(encoding="utf-8"))
    recordings = [call["recording"] for call in document["rehearsals"][0]["calls"]]
    assert recordings[0] == "barge-in-in-the-middle-of-the-opener.wav"


def test_keys_that_the_caller_presses_are_told_from_what_is_typed(sample: Rehearsal) -> None:
    turn = Turn("caller", 1.0, 1.0, "12#", typed=True, pressed=True)
    call = replace(sample.calls[0], turns=(turn,), recording=None)
    assert "» (presses) 12#" in text.one(call, "desk.yaml")
    page = html.html(replace(sample, calls=(call,)))
    assert '<span class="tag typed">pressed</span>' in page
    assert "Caller presses at 1.00 s: 12#" in page


def test_a_second_rehearsal_takes_the_place_of_the_first(sample: Rehearsal, tmp_path: Path) -> None:
    (kept,) = artifacts.write([sample], tmp_path / "out")
    again = replace(kept, calls=kept.calls[:1])

    artifacts.write([again], tmp_path / "out")

    suites = ElementTree.parse(tmp_path / "out/uninterruptable/junit.xml").getroot()
    assert len(suites) == 1


def test_a_run_leaves_nothing_of_the_run_before(sample: Rehearsal, tmp_path: Path) -> None:
    out = tmp_path / "out"
    artifacts.write([sample, replace(sample, profile="desk")], out)

    artifacts.write([replace(sample, calls=sample.calls[1:2])], out)

    assert sorted(str(path.relative_to(out)) for path in out.rglob("*")) == [
        "rehearsals.json",
        "uninterruptable",
        "uninterruptable/barge-in-twice-in-quick-succession.wav",
        "uninterruptable/coverage.sarif",
        "uninterruptable/events.jsonl",
        "uninterruptable/junit.xml",
        "uninterruptable/rehearsal.json",
        "uninterruptable/report.html",
    ]
    listed = json.loads((out / "rehearsals.json").read_text())
    assert listed["version"] == 1
    assert len(listed["files"]) == 6


def test_a_run_leaves_alone_what_no_rehearsal_wrote(sample: Rehearsal, tmp_path: Path) -> None:
    out = tmp_path / "out"
    artifacts.write([sample, replace(sample, profile="desk")], out)
    mine = (
        out / "notes.txt",
        out / "desk/notes.txt",
        out / "uninterruptable/the-caller-is-new.wav",
    )
    for path in mine:
        path.write_text("mine")
    new = replace(sample.calls[1], name="The caller is new")

    (kept,) = artifacts.write([replace(sample, calls=(new,))], out)

    assert [path.read_text() for path in mine] == ["mine"] * 3
    assert kept.calls[0].recording == out / "uninterruptable/the-caller-is-new-2.wav"
    assert [path.name for path in (out / "desk").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("other", ["uninterruptable/junit.xml", "rehearsals.json"])
def test_what_is_in_the_way_and_not_ours_is_told_and_left_alone(
    sample: Rehearsal, tmp_path: Path, other: str
) -> None:
    path = tmp_path / other
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")

    for attempt in (
        lambda: artifacts.prepare(tmp_path, ["uninterruptable"]),
        lambda: artifacts.write([sample], tmp_path),
    ):
        with pytest.raises(UsageError) as caught:
            attempt()
        assert str(caught.value) == (
            f"{path} is not of a rehearsal, and is left alone; give --out another folder."
        )
    assert path.read_text() == "mine"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]


def test_a_list_that_names_files_elsewhere_removes_none(sample: Rehearsal, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    files = ["../mine.txt", str(mine)]
    (out / "rehearsals.json").write_text(json.dumps({"version": 1, "files": files}))

    artifacts.write([sample], out)

    assert mine.read_text() == "mine"


def test_calls_of_like_names_keep_files_of_their_own(sample: Rehearsal, tmp_path: Path) -> None:
    names = ("Ünïcode?", "n code", "n/code", "…")
    calls = tuple(replace(sample.calls[0], name=name) for name in names)

    (kept,) = artifacts.write([replace(sample, calls=calls)], tmp_path / "out")

    files = [call.recording.name for call in kept.calls if call.recording]
    assert files == ["n-code.wav", "n-code-2.wav", "n-code-3.wav", "unnamed.wav"]


@pytest.mark.parametrize("out", ["file", "file/within"])
def test_a_file_is_not_taken_for_a_folder(sample: Rehearsal, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(UsageError, match=r"file(/within)? is a file; --out wants a folder\.$"):
        artifacts.write([sample], tmp_path / out)

    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_a_sentence(sample: Rehearsal, tmp_path: Path) -> None:
    artifacts.write([sample], tmp_path / "out")
    page = tmp_path / "out/uninterruptable/report.html"
    page.unlink()
    page.mkdir()

    with pytest.raises(UsageError, match=r"report\.html cannot be written: Is a directory\.$"):
        artifacts.write([sample], tmp_path / "out")


def test_the_page_plays_what_was_recorded(sample: Rehearsal) -> None:
    path = sample.calls[0].recording
    assert path
    uri = waveform.as_data_uri(waveform.read(path))

    with av.open(io.BytesIO(b64decode(uri.removeprefix("data:audio/mpeg;base64,")))) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    played = np.abs(np.concatenate(frames, axis=1))
    assert played.shape[1] / 24000 == pytest.approx(15.5, abs=0.1)
    caller, agent = (np.flatnonzero(side > 0.05)[0] / 24000 for side in played)
    assert caller == pytest.approx(4.1, abs=0.1)
    assert agent == pytest.approx(0.62, abs=0.1)


def test_a_waveform_is_flat_where_nobody_speaks(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    samples = np.zeros((8000, 2), "<i2")
    samples[2000:4000, 0] = 16384
    samples[6000:, 1] = -8192
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(samples.tobytes())

    heights = waveform.peaks(waveform.read(path), 1.25, 5)

    assert heights[:, 0].tolist() == [0, 1, 0, 0, 0]
    assert heights[:, 1].tolist() == [0, 0, 0, pytest.approx(0.5**0.7), 0]
    assert waveform.outline(heights[:2, 0]) == "M0 0L1 -100L1 100L0 0Z"


class _Elements(HTMLParser):
    """The elements and the texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_on_the_page_stays_text(sample: Rehearsal) -> None:
    hostile = replace(
        sample,
        profile=HOSTILE,
        path=f"{HOSTILE}.yaml",
        calls=tuple(
            replace(
                call,
                name=HOSTILE,
                barge_ins=(BargeIn(1.0, 2.0, HOSTILE, "blocked", HOSTILE, 3),),
                checks=(Check(HOSTILE, False, HOSTILE),),
            )
            for call in sample.calls
        ),
    )

    elements = _Elements(html.html(hostile))

    assert elements.names.count("script") == 1
    assert "img" not in elements.names
    assert elements.text.count("</script><img src=x onerror=alert(1)>") >= 20
    assert "\x00" not in elements.text


def test_the_page_asks_nobody_for_anything(sample: Rehearsal) -> None:
    page = html.html(sample)

    assert "default-src 'none'" in page
    assert all(address.startswith(("data:", "#")) for address in _Elements(page).addresses)
    assert "@import" not in page
    assert "url(" not in page


def test_a_call_that_was_not_recorded_is_shown_without_a_player(sample: Rehearsal) -> None:
    unrecorded = replace(sample, calls=(replace(sample.calls[0], recording=None),))

    elements = _Elements(html.html(unrecorded))

    assert "audio" not in elements.names
    assert "No recording of this call was kept." in elements.text
    assert "What time is it in Lisbon?" in elements.text


async def test_a_browser_shows_every_call(page: Page, sample: Rehearsal) -> None:
    assert await page.ask("document.querySelectorAll('article').length") == 3
    assert await page.ask("document.querySelectorAll('.call .wave').length") == 6
    names = await page.ask("[...document.querySelectorAll('h3')].map((name) => name.textContent)")
    first, failed, last = (call.name for call in sample.calls)
    assert names == [failed, first, last]
    verdict = await page.ask("document.querySelector('.verdict').innerText")
    assert verdict == "1 of 7 checks fails."
    chips = await page.ask(
        "[...document.querySelectorAll('#call-1 .band button')].map((chip) => chip.ariaLabel)"
    )
    assert chips == [
        "Barge-in 1, ignored, at 1.20 s: Excuse me.",
        "Barge-in 2, blocked, at 2.90 s: Stop, please.",
        "Barge-in 3, let through, at 4.70 s: No, really, stop.",
    ]


@pytest.mark.calls
async def test_a_browser_plays_the_recording_from_any_turn(page: Page) -> None:
    at = "document.querySelector('#call-{0} audio').currentTime"
    note = "(event) => { window.sought = event.target.currentTime; }"
    still = "document.querySelector('#call-{0} audio').paused"
    await page.click("#call-2 summary")
    await page.click("#call-2 .play")
    await page.until(f"{at.format(2)} > 0.3")
    moved = "parseFloat(document.querySelector('#call-2 .playhead').style.left)"
    assert 100 * 0.2 / 15.5 < await page.ask(moved) < 50

    for selector in ("#call-1 .transcript button", "#call-1 .lane.agent button"):
        last = await page.ask(f"document.querySelectorAll({selector!r}).length - 1")
        await page.ask(f"document.querySelector('#call-1 audio').onseeking = {note}")
        await page.click(selector, index=last)
        await page.until("window.sought !== undefined")
        assert await page.ask("window.sought") == pytest.approx(7.8, abs=0.1)
        await page.until(f"{at.format(1)} > 8")
        assert await page.ask(still.format(2))
        assert await page.ask("document.querySelector('#call-1 .transcript .now').innerText")
        await page.click("#call-1 .play")
        assert await page.ask(still.format(1))
        await page.ask("delete window.sought")


async def test_a_click_beside_the_turns_moves_the_playhead(page: Page) -> None:
    await page.click("#call-2 summary")
    await page.click("#call-2 .band")

    at = await page.ask("document.querySelector('#call-2 audio').currentTime")
    assert at == pytest.approx(15.5 / 2, abs=0.1)


async def test_the_page_is_used_without_a_mouse(page: Page) -> None:
    focus = "document.activeElement.{0}"
    await page.ask("document.querySelector('#call-2 summary').focus()")
    await page.press("Enter")
    await page.ask("document.querySelector('#call-2 .play').focus()")
    await page.press("Tab")
    assert (await page.ask(focus.format("ariaLabel"))).startswith("Agent says at 0.62 s: Well")
    outline = await page.ask("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    for label in ("Caller says at 4.10 s", "Barge-in 1, blocked", "Caller says at 10.20 s"):
        await page.press("ArrowRight")
        assert (await page.ask(focus.format("ariaLabel"))).startswith(label)
    await page.press("Enter")
    await page.until("document.querySelector('#call-2 audio').currentTime > 10.3")
    await page.press("Tab")
    assert await page.ask(focus.format("type")) == "range"


async def test_what_failed_comes_first_and_open_and_what_passed_is_folded(page: Page) -> None:
    unfolded = "[...document.querySelectorAll('.call details')].map((each) => each.open)"
    assert await page.ask(unfolded) == [True, False, False]
    marks = "[...document.querySelectorAll('.call summary > .sr')].map((each) => each.textContent)"
    assert await page.ask(marks) == ["Failed: ", "Passed: ", "Passed: "]
    first = "document.querySelector('.call .checks li').className"
    assert await page.ask(first) == "failed"
    await page.click("#call-3 summary")
    assert await page.ask(unfolded) == [True, False, True]


async def test_a_link_to_a_folded_call_unfolds_it(page: Page, page_file: Path) -> None:
    folded = "document.querySelector('#call-{0} details').open"
    await page.click("#call-1 summary")
    assert not await page.ask(folded.format(1))
    await page.click(".failures a")
    assert await page.ask(folded.format(1))


async def test_a_page_on_paper_has_every_call_unfolded(page: Page) -> None:
    unfolded = "document.querySelectorAll('details[open]').length"
    await page.ask("dispatchEvent(new Event('beforeprint'))")
    assert await page.ask(unfolded) == 3
    await page.ask("dispatchEvent(new Event('afterprint'))")
    assert await page.ask(unfolded) == 1


async def test_a_call_alone_is_open(browser: str, sample: Rehearsal, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(html.html(replace(sample, calls=sample.calls[:1])))
    async with new_page(browser) as page:
        await page.open(file)
        assert await page.ask("document.querySelector('details').open")


async def test_six_figures_follow_the_verdict_and_each_is_explained(page: Page) -> None:
    figures = await page.ask(
        "[...document.querySelectorAll('.verdict ~ .figures > div')]"
        ".map((each) => [...each.children].map((part) => part.innerText))"
    )
    assert len(figures) == 6
    assert figures[2] == [
        "Silent after a barge-in",
        "0.65 s\nmeasured once",
        "From the caller's first word to the agent's silence, where callers may cut in.",
    ]
    assert all(meaning.endswith(".") for _, _, meaning in figures)


async def test_the_page_says_when_with_what_and_what_it_does_not_say(page: Page) -> None:
    run, standin = await page.ask(
        "[...document.querySelectorAll('.about')].map((each) => each.innerText)"
    )
    assert run == (
        "2026-11-23 15:13 UTC · profile sha256 3f2a9c1b04de · "
        "voice-agent 0.1.0 (LiveKit Agents 1.8.9, Python 3.11.2) · "
        "the machine was late by 11 ms at worst"
    )
    assert standin == f"{summary.STANDIN} {TALKED_OVER}"
    tags = "[...document.querySelectorAll('{0} .tag.origin')].map((each) => each.innerText)"
    assert await page.ask(tags.format("#call-1")) == ["test sentence"] * 2
    await page.click("#call-3 summary")
    assert await page.ask(tags.format("#call-3")) == ["from replies"]


HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => +each.tagName[1])"
UNNAMED = """
[...document.querySelectorAll('button, input, a, audio')]
  .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.tagName === 'AUDIO'))
  .map((each) => each.outerHTML)
"""
# The contrast of every text with the ground that it stands on, by WCAG 2.
FAINT = """
(() => {
  const numbers = (colour) => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const ground = (part) => {
    for (; part; part = part.parentElement) {
      const found = numbers(getComputedStyle(part).backgroundColor);
      if (found[3] > 200) return found;
    }
  };
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((each) => each / 255)
      .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const faint = [];
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const part = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || part.closest('.sr')) continue;
    const [dark, bright] = [numbers(getComputedStyle(part).color), ground(part)]
      .map(light).sort((a, b) => a - b);
    if ((bright + 0.05) / (dark + 0.05) < 4.5) faint.push(part.outerHTML);
  }
  return faint;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
async def test_the_page_can_be_read_by_everybody(page: Page, dark: bool) -> None:
    await page.look(width=1200, dark=dark)
    levels = await page.ask(HEADINGS)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert await page.ask(UNNAMED) == []
    assert await page.ask(FAINT) == []


async def test_the_page_fits_a_narrow_window(page: Page) -> None:
    await page.look(width=360, height=780)
    await page.ask("document.querySelectorAll('details').forEach((each) => (each.open = true))")

    assert await page.ask("document.documentElement.scrollWidth") == 360
    overflowing = "[...document.querySelectorAll('main *')].filter((part) => !part.closest('svg')"
    overflowing += " && part.getBoundingClientRect().right > 361).map((part) => part.outerHTML)"
    assert await page.ask(overflowing) == []


async def test_the_page_is_dark_in_the_dark(page: Page) -> None:
    colours = "['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name])"

    def brightness(colour: str) -> float:
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    light = [brightness(colour) for colour in await page.ask(colours)]
    await page.look(width=1200, dark=True)
    dark = [brightness(colour) for colour in await page.ask(colours)]

    assert light[0] > 230 > 80 > light[1]
    assert dark[0] < 40 < 200 < dark[1]
