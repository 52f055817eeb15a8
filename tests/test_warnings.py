"""What is warned of, and what the comments that turn warnings off do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support import Golden
from support.profiles import yaml_files

from voice_agent import load
from voice_agent.format import sdk_source
from voice_agent.format.diagnostics import KINDS, WARNINGS, render
from voice_agent.lint.check import check_file

pytestmark = pytest.mark.usefixtures("at_the_root")


@pytest.mark.parametrize("path", yaml_files("tests/warnings"), ids=lambda path: path.stem)
def test_a_doubtful_profile_is_warned_of_exactly_so(path: Path, golden: Golden) -> None:
    checked = check_file(path)
    assert checked.profile == load(path)
    assert {each.severity for each in checked.diagnostics} == {"warning"}
    said = render(checked.diagnostics, checked.sources)
    golden(path.with_suffix(".out"), f"{said}\n")


def test_every_kind_of_problem_is_listed_and_seen_in_the_tests() -> None:
    # Reading a file fails in tests of its own, with files that cannot be kept.
    # What is not set depends on the environment.
    # So does what is not installed.
    seen = {"unreadable": "error", "unset-secret": "error", "mcp-not-installed": "warning"}
    for path in yaml_files("tests/invalid", "tests/warnings"):
        seen |= {each.kind: each.severity for each in check_file(path).diagnostics}
    assert seen == {**dict.fromkeys(KINDS, "error"), **dict.fromkeys(WARNINGS, "warning")}


def test_a_warning_between_two_places_has_both() -> None:
    [found] = check_file("tests/warnings/invites-interruption.yaml").diagnostics
    assert (found.line, found.column) == (3, 3)
    assert found.other == (5, 1, 5, 20)


def test_a_comment_that_may_be_for_what_an_error_hides_is_not_called_unused() -> None:
    found = check_file("tests/invalid/error-beside-a-warning.yaml").diagnostics
    assert [each.kind for each in found] == ["unknown-key", "unknown-model", "silent-opening"]


async def test_livekit_refuses_a_realtime_llm_that_callers_may_not_interrupt(
    offline: None,
) -> None:
    from livekit.plugins import silero

    from voice_agent.runtime import build

    profile = replace(load("tests/valid/realtime.yaml"), allow_interruptions=False)
    session = build.build_session(profile, vad=silero.VAD.load())
    with pytest.raises(ValueError, match="allow_interruptions cannot be False"):
        await session.start(build.build_agent(profile))


def test_realtime_models_hear_and_speak_as_the_warnings_say(offline: None) -> None:
    from livekit.agents import inference, llm

    for name in sdk_source.realtime_models():
        model = inference.llm_from_model_string(name)
        assert not isinstance(model, llm.LLM)  # which alone is asked to answer early
        assert model.capabilities.user_transcription
        assert not getattr(model.capabilities, "supports_say", False)
