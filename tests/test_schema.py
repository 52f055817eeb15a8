import dataclasses
import json
import re
import runpy
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from voice_agent import Opening, Profile
from voice_agent.format.schema import schema, schema_path

OPENING: dict[str, Any] = schema()["properties"]["on_enter"]


def keys(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that the schema describes, however deep, with its part of the schema."""
    for name, value in node.get("properties", {}).items():
        yield path + name, value
        yield from keys(value, f"{path}{name}.")


KEYS = dict(keys(schema()))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_described_in_sentences(key: str) -> None:
    assert re.fullmatch(r"[A-Z].{20,}\.", KEYS[key]["description"])


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_examples_and_all_are_valid(key: str) -> None:
    assert key == "on_enter" or KEYS[key]["examples"]
    for example in KEYS[key].get("examples", []):
        Draft202012Validator(KEYS[key]).validate(example)


def test_every_example_of_a_profile_is_valid() -> None:
    for example in schema()["examples"]:
        Draft202012Validator(schema()).validate(example)


def test_every_mapping_is_closed() -> None:
    parts = [schema(), *KEYS.values()]
    assert all(part["additionalProperties"] is False for part in parts if "properties" in part)


def test_every_pattern_says_what_it_wants() -> None:
    parts = [part for part in KEYS.values() if "pattern" in part]
    assert all(part["patternErrorMessage"].startswith("must ") for part in parts)


def test_the_keys_are_the_fields_of_a_profile() -> None:
    fields = {field.name for field in dataclasses.fields(Profile)}
    assert fields - {"path"} == set(schema()["properties"])
    assert {field.name for field in dataclasses.fields(Opening)} == set(OPENING["properties"])


def test_a_key_is_required_where_its_field_has_no_default() -> None:
    required = {*schema()["required"], *schema()["else"]["required"]}
    fields = dataclasses.fields(Profile)
    without = {field.name for field in fields if field.default is dataclasses.MISSING}
    assert without - {"name"} == required  # the file gives a name


@pytest.mark.parametrize(("kind", "part"), [(Profile, schema()), (Opening, OPENING)])
def test_the_defaults_are_those_of_the_fields(kind: Any, part: dict[str, Any]) -> None:
    for field in dataclasses.fields(kind):
        if field.name not in ("path", "rehearsal") and field.default is not dataclasses.MISSING:
            assert part["properties"][field.name].get("default") == field.default, field.name


def test_an_opening_is_exactly_one_of_its_texts() -> None:
    texts = {"user_input", "instructions", "say"}
    is_valid = Draft202012Validator(OPENING).is_valid
    assert not is_valid({})
    for one in texts:
        assert is_valid({one: "Hello.", "allow_interruptions": False})
        for other in texts - {one}:
            assert not is_valid({one: "Hello.", other: "Hello."})


def test_the_realtime_models_are_those_of_the_installed_sdk() -> None:
    spec = find_spec("livekit")
    assert spec
    assert spec.submodule_search_locations
    # Run by itself, as importing the package around it takes seconds.
    [path] = (
        path
        for folder in spec.submodule_search_locations
        for path in Path(folder).glob("agents/inference/_realtime_models.py")
    )
    names = runpy.run_path(str(path))
    known = names["_REALTIME_MODEL_IDS"] | names["_DUPLEX_MODEL_IDS"]
    assert set(json.loads(schema_path().read_text())["$defs"]["realtime"]["enum"]) == known
