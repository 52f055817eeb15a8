"""Every keyword of JSON Schema has its words, whether the format uses it yet or not."""

from __future__ import annotations

from typing import Any

import pytest

from voice_agent.format.diagnostics import Diagnostic
from voice_agent.format.schema_errors import schema_problems
from voice_agent.format.yaml_source import parse


def problems(part: dict[str, Any], text: str) -> list[Diagnostic]:
    """Return what is wrong with the value of the key `x`, as this part of a schema has it."""
    rules = {"type": "object", "properties": {"x": part}, "additionalProperties": False}
    return list(schema_problems(parse(f"x: {text}\n", "desk.yaml"), rules))


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ({"type": "number"}, "soon", '"x" must be a number, not text'),
        ({"type": "number"}, '"5"', '"x" must be a number, not text; write it without quotes: 5'),
        ({"type": "number"}, "[5]", '"x" must be a number, not a list; write x: 5'),
        ({"type": "number"}, "[[5]]", '"x" must be a number, not a list'),
        ({"type": "null"}, "5", '"x" must be null, not a number'),
        (
            {"type": ["integer", "null"]},
            "200.0",
            '"x" must be a whole number or null, not 200.0; write 200',
        ),
        ({"type": ["number", "null"]}, ".inf", '"x" must be a number or null, not .inf'),
        ({"type": "integer"}, "true", '"x" must be a whole number, not the boolean true'),
        ({"minimum": 1}, "0", '"x" must be at least 1'),
        ({"maximum": 0.5}, "0.6", '"x" must be at most 0.5'),
        ({"exclusiveMinimum": 0}, "0", '"x" must be more than 0'),
        ({"exclusiveMaximum": 9}, "9", '"x" must be less than 9'),
        ({"multipleOf": 5}, "7", '"x" must be a multiple of 5'),
        ({"minLength": 1}, '""', '"x" must not be empty'),
        ({"minLength": 3}, "ab", '"x" must be at least 3 characters long; it is 2'),
        ({"maxLength": 1}, "ab", '"x" must be at most 1 character long; it is 2'),
        ({"minItems": 1}, "[]", '"x" must not be empty'),
        ({"minItems": 2}, "[a]", '"x" must be a list of at least 2; it is 1'),
        ({"maxItems": 2}, "[a, b, c]", '"x" must be a list of at most 2; it is 3'),
        ({"uniqueItems": True}, "[a, a]", '"x" must be a list in which nothing stands twice'),
        ({"minProperties": 2}, "{a: 1}", '"x" must be a mapping of at least 2; it is 1'),
        ({"maxProperties": 2}, "{a: 1, b: 1, c: 1}", '"x" must be a mapping of at most 2; it is 3'),
        ({"const": 5}, "6", '"x" must be 5'),
        ({"enum": ["a", 5, None]}, "b", '"x" must be "a" or 5'),
        ({"enum": ["stt", "vad"]}, "vda", '"x" must be "stt" or "vad"; did you mean "vad"?'),
        ({"pattern": "^a$", "patternErrorMessage": "must be an a"}, "b", '"x" must be an a'),
        (
            {"pattern": "^a$", "description": "An a."},
            "b",
            '"x" is not as its description wants it: An a.',
        ),
        (
            {"not": {}, "errorMessage": "is for others; leave it out"},
            "b",
            '"x" is for others; leave it out',
        ),
        (
            {"additionalProperties": {"type": "string"}},
            "{a: 5}",
            '"x.a" must be text, and YAML reads this as a number; put it in quotes: "5"',
        ),
        (
            {"dependentRequired": {"a": ["b"]}},
            "{a: 5}",
            'missing key "b", which "a" needs beside it',
        ),
        (
            {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "{}",
            '"x" lacks one of its keys; give it "a" or "b"',
        ),
        (
            {"anyOf": [{"required": ["a"]}], "x-lacking": "a name"},
            "{}",
            '"x" lacks a name; give it "a"',
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "A text."},
            "5",
            '"x" is not as its description wants it: A text.',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_value_is_said_in_an_operator_s_words(
    part: dict[str, Any], text: str, said: str
) -> None:
    [problem] = problems(part, text)
    assert problem.text == said


def test_a_key_that_is_known_elsewhere_is_sent_there() -> None:
    part = {
        "type": "object",
        "properties": {"b": {}},
        "additionalProperties": False,
        "x-elsewhere": {"a": "it is a setting of the room"},
    }
    [problem] = problems(part, "{a: 5}")
    assert problem.text == 'unknown key "a"; it is a setting of the room'
