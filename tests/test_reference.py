"""The page docs/reference.md: every key of the format, as the schema describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from voice_agent.format.schema import schema_path
from voice_agent.lint import refresh
from voice_agent.lint.reference import Schema, anchor, reference

PAGE = (ROOT / "docs" / "reference.md").read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads(schema_path().read_text("utf-8"))

# A schema with every keyword that the page can show.
DELAY = {
    "description": "How long it waits | in seconds.",
    "type": ["number", "null"],
    "exclusiveMinimum": 0,
    "maximum": 60,
    "default": 0.5,
    "examples": [0.8, None],
}
WORDS = {
    "description": "What it says. At once.",
    "type": "object",
    "properties": {
        "say": {
            "description": "Word for word.",
            "type": "string",
            "minLength": 2,
            "maxLength": 9,
            "format": "date",
        },
        "instructions": {
            "description": "In its own words.",
            "type": "string",
            "pattern": "\\S",
            "patternErrorMessage": "must not be empty",
        },
    },
    "additionalProperties": False,
    "anyOf": [{"required": ["say"]}, {"required": ["instructions"]}],
    "dependentSchemas": {"say": {"properties": {"instructions": False}}},
    "dependentRequired": {"say": ["file"]},
}
SAMPLE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Sample",
    "type": "object",
    "properties": {
        "turns": {
            "description": "Whose turn it is.",
            "type": "object",
            "properties": {
                "waiting": {
                    "description": "How long.",
                    "type": "object",
                    "properties": {"delay": DELAY},
                    "required": ["delay"],
                    "examples": [{"delay": 0.8}],
                },
            },
        },
        "greeting": {"$ref": "#/$defs/words"},
        "goodbye": {"$ref": "#/$defs/words", "description": "What it says in the end."},
        "tools": {
            "description": "By name.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"silent": {"description": "No reply.", "const": True}},
            },
            "minProperties": 1,
            "maxProperties": 3,
        },
        "headers": {
            "description": "By name.",
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": "^X-", "patternErrorMessage": "must begin with X-"},
        },
        "voices": {
            "description": "Who speaks.",
            "anyOf": [{"enum": ["joe", "ann"]}, {"type": "array", "items": {"type": "integer"}}],
        },
        "language": {
            "description": "What it speaks.",
            "oneOf": [{"const": "de"}, {"const": "fr"}, {"const": "pl"}],
            "examples": ["de"],
            "defaultSnippets": [{"label": each, "body": each} for each in ("de", "fr", "pl")],
        },
        "days": {
            "description": "When <it> speaks.",
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "exclusiveMaximum": 8},
            "minItems": 2,
            "maxItems": 7,
            "uniqueItems": True,
        },
    },
    "$defs": {"words": WORDS},
}


def keywords(part: Any) -> Iterator[str]:
    """Yield every keyword in a schema."""
    data = ("default", "examples", "dependentRequired", "defaultSnippets", "const", "x-elsewhere")
    for keyword, value in part.items() if isinstance(part, dict) else ():
        yield keyword
        named = keyword in ("properties", "dependentSchemas", "$defs")
        choices = keyword in ("allOf", "anyOf", "oneOf")
        inner = value.values() if named else value if choices else [value]
        for each in inner if keyword not in data else ():
            yield from keywords(each)


def test_the_page_is_what_the_schema_says() -> None:
    assert reference(SCHEMA) == PAGE, "run: python -m voice_agent.lint.refresh"


def test_the_schema_of_a_shared_part_has_every_key_of_a_profile() -> None:
    written = (ROOT / refresh.PARTS_FILE).read_text("utf-8")
    assert written == refresh.schema_of_parts(SCHEMA), "run: python -m voice_agent.lint.refresh"


def test_refreshing_writes_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("schema", "docs"):
        (tmp_path / folder).mkdir()
    copy = tmp_path / "schema" / "profile.schema.json"
    copy.write_text(schema_path().read_text("utf-8"), "utf-8")
    (tmp_path / "docs" / "reference.md").write_text("# An older page\n", "utf-8")
    monkeypatch.setattr(refresh, "schema_path", lambda: copy)
    assert refresh.main() == 0
    assert (tmp_path / "docs" / "reference.md").read_text("utf-8") == PAGE


def test_every_keyword_of_the_schema_is_one_that_the_page_can_show() -> None:
    # What these say stands in the descriptions too.
    silent = {"$comment", "if", "then", "else", "allOf", "not", "errorMessage"}
    known = {*keywords(SAMPLE), *silent}
    assert {each for each in keywords(SCHEMA) if not each.startswith("x-")} <= known


def test_every_key_has_a_section_or_a_row() -> None:
    def paths(part: Any, path: str) -> Iterator[str]:
        for key, inner in part.get("properties", {}).items():
            yield path + key
            yield from paths(inner, f"{path}{key}.")
        if isinstance(part.get("items"), dict):
            yield from paths(part["items"], f"{path.removesuffix('.')}[].")

    for path in paths(SCHEMA, ""):
        home, _, key = path.rpartition(".")
        page = PAGE
        if home:
            heading = home.removesuffix("[]")
            page = re.split(rf"\n##+ `{re.escape(heading)}`\n", PAGE)[1].partition("\n#")[0]
        assert re.search(rf"^\| \[?`{key}`", page, re.MULTILINE), path


@pytest.fixture(scope="module")
def page() -> str:
    return reference(SAMPLE)


@pytest.mark.parametrize(
    "line",
    [
        r"| `delay` | number (more than 0, at most 60) or `null` | `0.5` | "
        r"How long it waits \| in seconds. For example `0.8` or `null`. |",
        "| [`waiting`](#turnswaiting) | mapping | | How long. For example `{delay: 0.8}`. |",
        "| [`greeting`](#greeting) | [words](#definition-words) | | What it says. |",
        "| [`goodbye`](#goodbye) | [words](#definition-words) | | What it says in the end. |",
        "| `say` | text (at least 2 characters, at most 9 characters, written as a date) | "
        "| Word for word. |",
        "| `instructions` | text (not empty) | | In its own words. |",
        "| `silent` | only `true` | | No reply. |",
        "Value: mapping (not empty, at most 3) of names to mappings.",
        "Value: mapping of names to texts, where a name must begin with X-.",
        "`say` needs `file` beside it.",
        "Value: `joe` or `ann` or list of whole numbers.",
        "Value: list (at least 2, at most 7, no two alike) of whole numbers (at least 1, "
        "less than 8).",
        "When &lt;it> speaks.",
        "Value: `de`, `fr` or `pl`.",
        "Editors complete these as well: `fr`, `pl`.",
        "It has exactly one of `say` and `instructions`.",
        "### `turns.waiting`",
        "`tools.*`:",
        "### Definition `words`",
    ],
)
def test_a_part_of_the_schema_is_worded(page: str, line: str) -> None:
    assert f"\n{line}\n" in page


def test_an_example_in_a_mapping_stands_in_its_place(page: str) -> None:
    assert "```yaml\nturns:\n  waiting:\n    delay: 0.8\n```" in page


def test_a_definition_is_shown_once(page: str) -> None:
    assert page.count("| Word for word. |") == 1


def test_a_default_may_come_from_elsewhere() -> None:
    def default(path: str, part: Schema) -> str | None:
        return "LiveKit's, `3`" if path == "turns.waiting.delay" else None

    assert "or `null` | LiveKit's, `3` | How" in reference(SAMPLE, default)


def test_keys_that_exclude_each_other_in_part_are_named() -> None:
    words = {key: value for key, value in WORDS.items() if key != "anyOf"}
    page = reference({**SAMPLE, "$defs": {"words": words}})
    assert "\n`instructions` cannot stand beside `say`.\n" in page
    words = {key: value for key, value in WORDS.items() if key != "dependentSchemas"}
    page = reference({**SAMPLE, "$defs": {"words": words}})
    assert "\nIt has at least one of `say` and `instructions`.\n" in page


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [("`on_enter.say`", "on_entersay"), ("How soon it answers", "how-soon-it-answers")],
)
def test_anchors_are_those_of_github(heading: str, wanted: str) -> None:
    assert anchor(heading) == wanted
