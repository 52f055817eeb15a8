"""Whose words are heard in a rehearsal, and which profile and program it was."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from support.profiles import MINIMAL, MODELS, write_profile

from voice_agent import load
from voice_agent.format.scenario import Scenario, ScenarioTurn
from voice_agent.rehearsal import provenance

LONG = (
    "This is an announcement of the city. The water of the southern region must be boiled before "
    "it is drunk. We call again as soon as that is over."
)


@pytest.mark.parametrize(
    ("opening", "sentence"),
    [
        (
            f'on_enter: {{say: "{LONG}"}}',
            "The caller talks over the profile's own opening.",
        ),
        (
            "on_enter: {say: Good morning.}",
            "The caller talks over a test sentence, as the profile's own opening is too short "
            "for it.",
        ),
        (
            "on_enter: Greet the caller.",
            "The caller talks over a test sentence, as a language model would write its opening.",
        ),
        ("", "The caller talks over a test sentence, as the agent does not open the call."),
    ],
)
def test_a_report_says_whose_words_are_talked_over(
    opening: str, sentence: str, tmp_path: Path
) -> None:
    profile = load(write_profile(tmp_path / "desk.yaml", f"{MINIMAL}{opening}\n"))
    assert provenance.talked_over(profile) == sentence


@pytest.mark.parametrize(
    ("text", "first", "origin"),
    [
        (LONG, True, "profile"),
        ("This is an announcement", True, "profile"),
        ("We open at nine.", False, "replies"),
        ("We open", False, "replies"),
        ("Let me tell you about the weather.", False, "test sentence"),
        ("", False, None),
    ],
)
def test_the_agents_words_are_told_from_those_of_the_stand_in(
    text: str, first: bool, origin: str | None, tmp_path: Path
) -> None:
    profile = load(write_profile(tmp_path / "desk.yaml", f'{MINIMAL}on_enter: {{say: "{LONG}"}}\n'))
    turns = (ScenarioTurn(type="Hello."),)
    scenario = Scenario("a call", turns, replies=("**We open** at nine.",))
    assert provenance.origin(text, profile, scenario, first=first) == origin


def test_a_rehearsal_knows_the_profile_by_the_bytes_of_its_file(tmp_path: Path) -> None:
    path = write_profile(tmp_path / "desk.yaml", MINIMAL)
    about = provenance.about(load(path))
    assert about.profile_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert about.versions.startswith("voice-agent ")
    assert datetime.fromisoformat(about.began).tzinfo


def test_a_change_of_a_file_that_the_profile_names_is_another_profile(tmp_path: Path) -> None:
    text = "extends: _base.yaml\ninstructions: {file: prompts/desk.md}\n"
    path = write_profile(tmp_path / "desk.yaml", text)
    base = write_profile(tmp_path / "_base.yaml", MODELS)
    prompt = write_profile(tmp_path / "prompts" / "desk.md", "Be brief.")

    def known() -> str:
        return provenance.about(load(path)).profile_sha256

    seen = [known()]
    whole = b"".join(each.read_bytes() for each in load(path).files)
    assert seen == [hashlib.sha256(whole).hexdigest()[:12]]
    for file in (prompt, base, path):
        file.write_text(file.read_text() + "# More.\n")
        seen.append(known())
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("I will take your", "profile"),
        ("Good day Ada, how can I help?", "profile"),
        ("Goodbye, Ada.", "profile"),
        ("For the manager press two.", "profile"),
        ("I have no idea.", "test sentence"),
    ],
)
def test_what_any_part_of_a_profile_has_said_is_the_profiles(
    text: str, origin: str, tmp_path: Path
) -> None:
    said = (
        "agents:\n"
        '  desk: {on_enter: {say: "Good day {{ name }}, how can I help?"},\n'
        "    handoffs: {bar: {when: It is about drinks., say: I will take your order.}}}\n"
        '  bar: {menu: {say: Press one., keys: {"1": For the manager press two.}}}\n'
        'tools: {end_call: {say: "Goodbye, {{ name }}."}}\n'
        "variables: {name: {sample: Ada, default: there}}\n"
    )
    profile = load(write_profile(tmp_path / "desk.yaml", f"{MINIMAL}{said}"))
    assert provenance.origin(text, profile, None, first=False) == origin
