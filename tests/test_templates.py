"""What a template becomes: which braces are a token, what is put in, and what never is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import examples

from voice_agent.format.templates import names, render, tokens

VALUES = {"name": "Ada", "people": 4, "open": True, "days": ["Mon", "Tue"], "secrets.KEY": "k-1"}

bounded = settings(derandomize=True, deadline=None, max_examples=examples(150))
# Texts that have much of what tokens are made of.
braces = st.lists(
    st.sampled_from(["{{", "}}", "{", "}", "\\", "\\{{", "$", " ", "\n", "name", "a.b", "é", "1"]),
    max_size=12,
).map("".join)
texts = braces | st.text(max_size=20)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello {{ name }}.", "Hello Ada."),
        ("{{name}}{{ name }}", "AdaAda"),
        ("{{\tname }}", "Ada"),
        ("for {{ people }} people", "for 4 people"),
        ("open: {{ open }}", "open: true"),
        ("{{ days }}.", '["Mon", "Tue"].'),
        ("Bearer {{ secrets.KEY }}", "Bearer k-1"),
        (r"write \{{ name }}", "write {{ name }}"),
        (r"write \{{ {{ name }} }}", "write {{ Ada }}"),
        ("{name} ${name} $name {% name %} }} {", "{name} ${name} $name {% name %} }} {"),
        ("", ""),
    ],
)
def test_a_name_in_two_braces_becomes_its_value_and_all_else_stays(text: str, wanted: str) -> None:
    assert render(text, VALUES.__getitem__) == wanted


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_is_nothing_but_one_token_keeps_its_type(name: str) -> None:
    assert render(f"{{{{ {name} }}}}", VALUES.__getitem__) is VALUES[name]


def test_texts_are_found_however_deep_they_are_and_keys_are_left_alone() -> None:
    data = {"{{ name }}": [{"to": ["{{ name }}", 1, None, True]}, "{{ people }}"]}
    assert render(data, VALUES.__getitem__) == {
        "{{ name }}": [{"to": ["Ada", 1, None, True]}, 4],
    }
    assert [*names(data)] == ["name", "people"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ name", [(0, 7, None)]),
        ("{{ name }\nx }}", [(0, 8, None)]),
        ("{{ a\n}}", [(0, 4, None)]),
        ("{{}}", [(0, 4, "")]),
        ("{{ }} {{a b}}", [(0, 5, ""), (6, 13, "a b")]),
        ("{{ {{ name }}", [(0, 3, None), (3, 13, "name")]),
        (r"\{{ name }} \\{{ name }}", []),
    ],
)
def test_what_is_no_name_is_found_with_its_place(text: str, found: list[Any]) -> None:
    assert [(each.start, each.end, each.name) for each in tokens(text)] == found


@pytest.mark.parametrize("text", ["{{", "{{ }}", "{{ a b }}", "{{ 1a }}", "{{ a. }}", "{{ a-b }}"])
def test_what_is_no_name_is_never_rendered(text: str) -> None:
    assert not any(each.is_name for each in tokens(text))
    with pytest.raises(ValueError, match="is no name"):
        render(f"x {text}", VALUES.__getitem__)


@bounded
@given(texts)
@example("{{ a }}")
def test_tokens_are_in_order_and_are_what_stands_there(text: str) -> None:
    end = 0
    for each in tokens(text):
        assert end <= each.start < each.end <= len(text)
        assert text[each.start : each.start + 2] == "{{"
        if each.name is not None:
            assert text[each.start + 2 : each.end - 2].strip() == each.name
        end = each.end


@bounded
@given(texts, texts)
@example("a {{ x }} b", "{{ y }} \\{{")
def test_what_is_put_in_is_never_read_as_a_template(text: str, value: str) -> None:
    asked: list[str] = []

    def lookup(name: str) -> str:
        asked.append(name)
        return value

    if all(each.is_name for each in tokens(text)):
        written = [each.name for each in tokens(text)]
        rendered = render(text, lookup)
        assert asked == written
        assert rendered.count(value) >= len(written)


@bounded
@given(texts)
def test_any_text_can_be_written_word_for_word(text: str) -> None:
    assert render(text.replace("{{", "\\{{"), VALUES.__getitem__) == text


def seconds_for(text: str) -> float:
    """Return the least time, in seconds of the processor, that the tokens of a text take."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        assert len([*tokens(text)]) <= len(text)
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.parametrize("part", ["{", "{{", "{{ a", "{{ a }", "\\{{", "{{}}", "\\", "{{ {", "}}"])
def test_the_time_for_a_text_grows_with_its_length_and_not_with_its_square(part: str) -> None:
    short, long = (seconds_for(part * (length // len(part))) for length in (20_000, 160_000))
    assert long < 24 * short + 0.01  # eight times the length; its square would take 64 times
