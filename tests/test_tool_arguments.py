"""What the llm is offered of a tool, and what it is told of arguments that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.profiles import make_profile

from voice_agent.format.arguments import read_arguments
from voice_agent.format.tool_schema import llm_sees, ours

SCHEMA = {
    "type": "object",
    "properties": {
        "people": {"type": "integer", "minimum": 1, "maximum": 12},
        "day": {"type": "string", "format": "date"},
        "time": {"type": "string", "format": "time"},
        "at": {"type": "string", "format": "date-time"},
        "email": {"type": "string", "format": "email"},
        "link": {"type": "string", "format": "uri"},
        "id": {"type": "string", "format": "uuid"},
        "place": {"enum": ["window", "garden"]},
        "smoking": {"type": "boolean"},
        "note": {"type": "string", "maxLength": 5},
        "price": {"type": "number"},
        "guests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"age": {"type": "integer"}},
                "required": ["age"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["people"],
    "additionalProperties": False,
}
UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"day": "2028-02-29"},
        {"time": "19:30"},
        {"time": "19:30:05"},
        {"time": "19:30:05Z"},
        {"time": "19:30+02:00"},
        {"at": "2026-10-02T19:30"},
        {"at": "2026-10-02T19:30:00Z"},
        {"email": "ada.lovelace+table@mail.example.com"},
        {"link": "https://example.com/menu?lang=de"},
        {"link": "tel:+493012345"},
        {"id": UUID},
        {"place": "garden"},
        {"smoking": False},
        {"note": "äöüßé"},
        {"price": 9.5},
        {"guests": [{"age": 3}]},
    ],
)
def test_arguments_that_fit_are_taken_as_they_are(more: dict[str, Any]) -> None:
    given = {"people": 4, **more}
    assert read_arguments(SCHEMA, given) == (given, [])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"people": "4"}, "people: '4' is not of type 'integer'."),
        ({"people": True}, "people: True is not of type 'integer'."),
        ({"people": 4.5}, "people: 4.5 is not of type 'integer'."),
        ({"people": 13}, "people: 13 is greater than the maximum of 12."),
        ({"people": None}, "people: None is not of type 'integer'."),
        ({"day": "2026-02-29"}, 'day has to be a day such as 2026-10-02, and is "2026-02-29".'),
        ({"day": "20261002"}, 'day has to be a day such as 2026-10-02, and is "20261002".'),
        ({"day": "tomorrow"}, 'day has to be a day such as 2026-10-02, and is "tomorrow".'),
        (
            {"day": "2026-10-02\n"},
            'day has to be a day such as 2026-10-02, and is "2026-10-02\\n".',
        ),
        ({"time": "25:00"}, 'time has to be a time such as 19:30, and is "25:00".'),
        ({"time": "7pm"}, 'time has to be a time such as 19:30, and is "7pm".'),
        (
            {"at": "2026-10-02 19:30"},
            'at has to be a day and a time such as 2026-10-02T19:30, and is "2026-10-02 19:30".',
        ),
        ({"email": "ada at mail"}, 'email has to be an email address, and is "ada at mail".'),
        ({"email": "ada@mail"}, 'email has to be an email address, and is "ada@mail".'),
        (
            {"link": "menu"},
            'link has to be an address such as https://example.com/menu, and is "menu".',
        ),
        ({"id": "B-17"}, 'id has to be a UUID, and is "B-17".'),
        ({"place": "roof"}, 'place has to be one of these: window, garden. It is "roof".'),
        ({"smoking": "false"}, "smoking: 'false' is not of type 'boolean'."),
        ({"smoking": 0}, "smoking: 0 is not of type 'boolean'."),
        ({"note": "a longer one"}, "note is longer than 5."),
        ({"price": float("inf")}, "A number is infinite, or none at all."),
        ({"guests": [{"age": 3}, {}]}, "guests.1.age is missing."),
        ({"guests": [{"age": 3, "name": "Ada"}]}, "There is no guests.0.name; there is age."),
    ],
)
def test_the_llm_is_told_which_argument_is_wrong_and_why(more: dict[str, Any], told: str) -> None:
    assert read_arguments(SCHEMA, {"people": 4, **more})[1] == [told]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    _, wrong = read_arguments(SCHEMA, {"party": 4, "smoking": "no"})
    known = ", ".join(SCHEMA["properties"])  # type: ignore[arg-type]
    assert wrong == [
        "people is missing.",
        f"There is no party; there is {known}.",
        "smoking: 'no' is not of type 'boolean'.",
    ]


def test_a_whole_number_with_a_point_is_an_integer_where_one_is_wanted() -> None:
    given = {"people": 4.0, "price": 9.0, "guests": [{"age": 3.0}]}
    arguments, wrong = read_arguments(SCHEMA, given)
    assert not wrong
    assert repr(arguments) == "{'people': 4, 'price': 9.0, 'guests': [{'age': 3}]}"


def test_null_is_an_optional_argument_that_is_left_out() -> None:
    assert read_arguments(SCHEMA, {"people": 4, "note": None}) == ({"people": 4}, [])


def test_the_llm_is_offered_its_own_parameters_only_in_a_closed_schema() -> None:
    profile = make_profile(
        variables={"caller": {"from": "attributes.sip.phoneNumber", "sample": "+4930"}},
        tools={
            "book": {
                "description": "Books a table.",
                "parameters": {
                    "people": {"type": "integer", "description": "How many."},
                    "wish": {
                        "type": "object",
                        "properties": {"text": {"type": "string"}},
                        "optional": True,
                    },
                    "phone": {"value": "{{ caller }}"},
                },
                "http": "POST https://api.example.com/bookings",
            }
        },
    )
    tool = profile.tools.declared["book"]
    seen = llm_sees("book", tool)
    assert seen == {
        "name": "book",
        "description": "Books a table.",
        "parameters": {
            "type": "object",
            "properties": {
                "people": {"type": "integer", "description": "How many."},
                "wish": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}},
                    "additionalProperties": False,
                },
            },
            "required": ["people"],
            "additionalProperties": False,
        },
    }
    assert ours(tool.parameters) == {"phone": "{{ caller }}"}
    Draft202012Validator.check_schema(seen["parameters"])


def test_a_tool_that_switches_offers_the_names_of_its_choices() -> None:
    languages = {"german": {"instructions": "Speak German."}, "english": {"instructions": "x"}}
    profile = make_profile(tools={"speak": {"description": "Changes it.", "switch": languages}})
    parameters = llm_sees("speak", profile.tools.declared["speak"])["parameters"]
    assert parameters["properties"] == {"choice": {"type": "string", "enum": ["german", "english"]}}
    assert parameters["required"] == ["choice"]
