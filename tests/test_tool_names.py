"""Which sentences are warned of as naming a tool that is not there, and which are not."""

from __future__ import annotations

import time

import pytest
import yaml
from support import ROOT

from voice_agent.lint.kept import RESERVED
from voice_agent.lint.tool_names import missing

SORTED = yaml.safe_load((ROOT / "tests" / "tool_sentences.yaml").read_text("utf-8"))
PROMPTS = yaml.safe_load((ROOT / "tests" / "promise_sentences.yaml").read_text("utf-8"))


def names(text: str) -> list[str]:
    return [each.name for each in missing(text, SORTED["tools"], SORTED["others"], RESERVED)]


@pytest.mark.parametrize("text", SORTED["nothing"])
def test_no_warning_of_a_missing_tool_is_a_false_alarm(text: str) -> None:
    assert names(text) == []


def test_sentences_that_name_no_tool_at_all_are_left_alone() -> None:
    texts = [text for every in PROMPTS.values() for text in every]
    assert len(texts) > 260
    assert [found for text in texts for found in names(text)] == []


def test_most_missing_tools_are_found() -> None:
    missed = [text for text in SORTED["missing"] if not names(text)]
    assert len(missed) <= len(SORTED["missing"]) // 10, missed


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Use bookTable.", "book_table"),
        ("Use book_tabel.", "book_table"),
        ("Use create_ticket.", "createTicket"),
        ("Use the order_pizza tool.", None),
    ],
)
def test_a_slip_is_told_from_another_name(text: str, meant: str | None) -> None:
    [found] = missing(text, SORTED["tools"], (), RESERVED)
    assert found.meant == meant
    assert text[found.start :].startswith(found.name)


@pytest.mark.parametrize("part", ["use the ", "use_", "use a_b ", "{{ ", "```\n", "aB", "a_b` "])
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = part * (900_000 // len(part))
    started = time.process_time()
    assert len([*missing(text, SORTED["tools"], (), RESERVED)]) <= 200
    assert time.process_time() - started < 1
