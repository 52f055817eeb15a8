"""Six telephone lines as people run them, in five languages: each keeps what it promises."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from support import ROOT
from support.parts import ESPEAK
from support.program import Run

from voice_agent import load
from voice_agent.format.language import language_of
from voice_agent.lint.check import check_file
from voice_agent.rehearsal import runner, worker
from voice_agent.rehearsal.report import text
from voice_agent.rehearsal.results import CallResult

LINES = {path.stem: load(path) for path in sorted((ROOT / "tests" / "lines").glob("*.yaml"))}
_SUPPORT, _EMERGENCY = LINES["support"], LINES["emergency"]
BROKEN = {
    "a support line that nobody can interrupt": replace(
        _SUPPORT, allow_interruptions=False, rehearsal=_SUPPORT.rehearsal[1:]
    ),
    "a warning that anybody can cut short": replace(
        _EMERGENCY, allow_interruptions=True, rehearsal=_EMERGENCY.rehearsal[:1]
    ),
}
_AT_ONCE = 4

Calls: TypeAlias = dict[str, dict[str, CallResult]]
"""By the name of the profile, and the name of the call."""


@pytest.fixture(scope="module")
def calls() -> Calls:
    """Make every call that the profiles have of their own, several at once."""
    ESPEAK.path()
    ended: Calls = {}
    with runner.stage(_AT_ONCE) as stage:
        plans = [
            (name, plan)
            for name, profile in {**LINES, **BROKEN}.items()
            for plan in stage.plan(profile, profile.rehearsal, ROOT)
            if plan.scenario is not None
        ]
        runs = [partial(worker.run_call, plan) for _, plan in plans]
        results = stage.run_calls(runs, lambda *_: None)
        assert stage.left_out == {}
    for (name, plan), result in zip(plans, results, strict=True):
        assert plan.notes == ()
        ended.setdefault(name, {})[plan.name] = result
    return ended


def failed(result: CallResult) -> list[str]:
    return [f"{check.name} {check.reason}" for check in result.checks if not check.passed]


@pytest.mark.parametrize("name", LINES)
def test_a_line_has_calls_of_its_own_and_nothing_to_complain_of(name: str) -> None:
    profile = LINES[name]
    assert profile.path is not None
    assert check_file(profile.path).diagnostics == ()
    assert len(profile.rehearsal) >= 2


def test_the_lines_speak_several_languages() -> None:
    assert {language_of(profile) for profile in LINES.values()} == {"de", "en", "es", "fr", "zh-CN"}


@pytest.mark.calls
@pytest.mark.parametrize("name", LINES)
def test_a_line_keeps_what_it_promises_in_every_call(calls: Calls, name: str) -> None:
    for result in calls[name].values():
        assert failed(result) == [], text.one(result, f"tests/lines/{name}.yaml")


@pytest.mark.calls
def test_a_support_line_that_nobody_can_interrupt_breaks_its_promise(calls: Calls) -> None:
    [ended] = calls["a support line that nobody can interrupt"].values()
    reason, *_ = failed(ended)
    assert reason.startswith("Turn 2: bot_interrupted within 2 s. It did not come.")


@pytest.mark.calls
def test_a_warning_that_anybody_can_cut_short_breaks_its_promise(calls: Calls) -> None:
    [ended] = calls["a warning that anybody can cut short"].values()
    reason, *_ = failed(ended)
    assert reason.startswith("Turn 1: no bot_interrupted within 8 s. It came ")


@pytest.mark.calls
def test_without_a_german_voice_a_german_line_is_rehearsed_and_every_report_says_so(
    run: Run, tmp_path: Path
) -> None:
    line = str(ROOT / "tests" / "lines" / "support.yaml")
    words = ("rehearse", line, "--only", "ihren Namen", "--out", str(tmp_path))
    shown = run(*words, PATH=str(tmp_path))
    note = (
        "German is spoken with an English voice, as no voice for it is installed. "
        "Install espeak-ng, or name a Piper voice in OFFLINE_VOICE."
    )
    assert shown.returncode == 0, shown.stderr
    assert note in " ".join(shown.stdout.split())
    reports = {path.name: path.read_text("utf-8") for path in tmp_path.glob("support/*.[jhx]*")}
    told = json.loads(reports["rehearsal.json"])
    assert [each["notes"] for each in told["rehearsals"]] == [[note]]
    assert f'<property name="note" value="{note}" />' in reports["junit.xml"]
    assert note in reports["report.html"]
