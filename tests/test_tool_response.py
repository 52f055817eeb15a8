"""What the LLM is given of an answer, and what a tool saves of it."""

from __future__ import annotations

from typing import Any

import pytest

from voice_agent.runtime.tools.response import MISSING, at, picked, written

BOOKING = {
    "id": "B-17",
    "table": {"name": "window", "seats": 4},
    "guests": [{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}, {}],
    "note": None,
    "secret": "s3cr3t",
}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        (["id"], {"id": "B-17"}),
        (["id", "table.name"], {"id": "B-17", "table": {"name": "window"}}),
        (["table"], {"table": {"name": "window", "seats": 4}}),
        (["table", "table.name"], {"table": {"name": "window", "seats": 4}}),
        (["guests.name"], {"guests": [{"name": "Ada"}, {"name": "Alan"}]}),
        (["guests.1.name"], {"guests": [{"name": "Alan"}]}),
        (["guests.0"], {"guests": [{"name": "Ada", "age": 36}]}),
        (["guests.0", "guests.age"], {"guests": [{"name": "Ada", "age": 36}, {"age": 41}]}),
        (["note"], {"note": None}),
        (["nothing", "table.nothing", "id.nothing", "guests.9"], {}),
        ([], {}),
        (None, BOOKING),
    ],
)
def test_the_llm_is_given_the_fields_that_are_asked_for(fields: Any, left: Any) -> None:
    assert picked(BOOKING, fields) == left


def test_fields_go_into_an_answer_that_is_a_list() -> None:
    assert picked([{"id": 1, "x": 2}, {"id": 3}], ["id"]) == [{"id": 1}, {"id": 3}]


@pytest.mark.parametrize("data", ["We are open.", None, 4])
def test_what_has_no_fields_is_given_whole(data: Any) -> None:
    assert picked(data, ["id"]) == data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "B-17"),
        ("table.seats", 4),
        ("guests.1.name", "Alan"),
        ("note", None),
        ("table", {"name": "window", "seats": 4}),
        ("nothing", MISSING),
        ("id.nothing", MISSING),
        ("guests.name", MISSING),
        ("guests.9.name", MISSING),
    ],
)
def test_a_path_leads_to_the_value_that_is_saved(path: str, value: Any) -> None:
    assert at(BOOKING, path) == value


def test_a_short_answer_is_told_as_it_is() -> None:
    assert written({"name": "Zoë"}, 20) == '{"name": "Zoë"}'
    assert written("We are open.", 20) == '"We are open."'
    assert written(None, 20) == "It worked, and there is nothing to tell."


@pytest.mark.parametrize("size", range(1, 12))
def test_a_long_answer_is_cut_at_so_many_bytes_and_the_llm_is_told_that_it_was(size: int) -> None:
    text, _, notice = written("ü🙂e" * 10, size).partition("\n")
    assert '"ü🙂eü🙂e'.startswith(text)
    assert len(text.encode()) <= size
    assert "left out" in notice


def test_an_answer_of_which_only_the_beginning_was_read_is_told_as_such() -> None:
    assert "left out" in written("We are", 20, whole=False)
