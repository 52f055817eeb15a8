"""Which placeholders are warned of, where they stand, and which braces are none."""

from __future__ import annotations

import time

import pytest
import yaml
from support import ROOT
from support.profiles import MODELS

from voice_agent.lint.check import check_text
from voice_agent.lint.placeholders import placeholders

TEXTS: list[list[str]] = yaml.safe_load(
    (ROOT / "tests" / "placeholder_texts.yaml").read_text("utf-8")
)


@pytest.mark.parametrize(("text", "wanted"), [(text, wanted) for text, *wanted in TEXTS])
def test_placeholders_are_found_and_nothing_else(text: str, wanted: list[str]) -> None:
    assert [*placeholders(text)] == wanted


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("|\n  Be brief.\n  You speak with {name}.\n", "{name}"),
        ("'You speak with {name}, don''t you?'\n", "{name}"),
        ('"Be brief.\\nSay ${NAME}."\n', "${NAME}"),
        ('"\\x7bname}"\n', '"\\x7bname}"'),
    ],
)
def test_the_placeholder_is_pointed_at_however_it_is_written(written: str, shown: str) -> None:
    text = f"instructions: {written}"
    [found] = check_text(f"{text}{MODELS}", "desk.yaml").diagnostics
    assert found.kind == "placeholder"
    start = text.index(shown)
    assert (found.line, found.column) == (
        text.count("\n", 0, start) + 1,
        start - text.rfind("\n", 0, start),
    )
    assert found.end_column == found.column + len(shown)


def test_a_placeholder_is_pointed_at_wherever_it_is_there_again() -> None:
    text = f"instructions: |\n  Hello {{name}}.\n  Bye {{name}}.\n{MODELS}"
    places = [(each.line, each.column) for each in check_text(text, "desk.yaml").diagnostics]
    assert places == [(2, 9), (3, 7)]


@pytest.mark.parametrize(
    "part", ["{", "{{", "{a ", "{a|", "{% ", "${a", "{a.", "```\n{", "{{ {a} ", "\n"]
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = part * (900_000 // len(part))
    started = time.process_time()
    assert len([*placeholders(text)]) < 50_000
    assert time.process_time() - started < 1


def test_placeholders_without_end_are_soon_told() -> None:
    text = f'instructions: "{"{a} " * 12_000}"\n{MODELS}'
    started = time.process_time()
    assert len(check_text(text, "desk.yaml").diagnostics) == 12_000
    assert time.process_time() - started < 3
