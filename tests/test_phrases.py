"""Which sentences are warned of as inviting or forbidding interruption, and which are not."""

from __future__ import annotations

import time

import pytest
import yaml
from support import ROOT
from support.profiles import MODELS

from voice_agent.format.diagnostics import Diagnostic
from voice_agent.lint.check import check_text
from voice_agent.lint.interruption_phrases import invitation, prohibition

SORTED: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (ROOT / "tests" / "interruption_sentences.yaml").read_text("utf-8")
)
TEXTS = [
    (key, label, text)
    for key, labelled in SORTED.items()
    for label, texts in labelled.items()
    for text in texts
]


def labels_given(key: str, text: str) -> set[str]:
    """Return what the text of a key is taken for."""
    found = {
        "invites": invitation(text, aloud=key == "say"),
        "forbids": prohibition(text, aloud=key == "say"),
    }
    return {label for label, sentence in found.items() if sentence}


def warnings_on(text: str) -> tuple[Diagnostic, ...]:
    return check_text(f"{text}{MODELS}", "desk.yaml").diagnostics


@pytest.mark.parametrize(("key", "label", "text"), TEXTS)
def test_no_warning_on_a_sentence_is_a_false_alarm(key: str, label: str, text: str) -> None:
    assert labels_given(key, text) <= {label}


@pytest.mark.parametrize(
    ("key", "label", "floor"),
    [
        ("instructions", "invites", 0.65),
        ("instructions", "forbids", 0.65),
        ("say", "invites", 0.8),
        ("say", "forbids", 0.8),
    ],
)
def test_the_common_sentences_are_found(key: str, label: str, floor: float) -> None:
    texts = SORTED[key][label]
    missed = [text for text in texts if labels_given(key, text) != {label}]
    found = len(texts) - len(missed)
    print(f"{key}, {label}: {found} of {len(texts)} are found")
    assert found / len(texts) >= floor, missed


def test_no_sentence_is_sorted_twice() -> None:
    assert len(TEXTS) > 300
    assert len({(key, text) for key, _, text in TEXTS}) == len(TEXTS)


def test_a_prompt_that_denies_an_invitation_is_not_warned_of() -> None:
    text = "instructions: Never say that callers can interrupt you.\nallow_interruptions: false\n"
    assert warnings_on(text) == ()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("|\n  Be brief.\n  Nobody may\n  interrupt you!\n", "Nobody may\n  interrupt you"),
        ("'Be brief. Don''t let callers interrupt you.'\n", "Don''t let callers interrupt you"),
        ('"Be brief.\\nYou cannot be interrupted."\n', "You cannot be interrupted"),
        ('"You can\\u2019t be interrupted."\n', '"You can\\u2019t be interrupted."'),
    ],
)
def test_the_sentence_is_pointed_at_however_it_is_written(written: str, shown: str) -> None:
    text = f"instructions: {written}"
    [found] = warnings_on(text)
    assert found.kind == "forbids-interruption"
    start, end = text.index(shown), text.index(shown) + len(shown)
    before, within = text[:start], text[start:end]
    assert found.line == before.count("\n") + 1
    assert found.column == start - before.rfind("\n")
    assert found.end_line == found.line + within.count("\n")
    assert found.end_column == end - text[:end].rfind("\n")


@pytest.mark.parametrize(
    "part",
    [
        "they may let the caller never not interrupt the ",
        "You can be interrupted\n",
        "interrupt\n - ",
        "interrupt\n\n",
        "1. interrupt. ",
        "interrupt. \n \n",
        "interrupt" + " \n" * 5_000,
        "\n" + " " * 5_000 + "interrupt",
    ],
)
def test_a_text_made_to_be_slow_is_not(part: str) -> None:
    text = part * (900_000 // len(part))
    started = time.process_time()
    invitation(text)
    prohibition(text, aloud=True)
    assert time.process_time() - started < 1
