"""Types in Python's source become parts of a schema, without that anything is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voice_agent.format.python.source import Definition, bases, definition, module
from voice_agent.format.python.types import kind_of
from voice_agent.format.schema_errors import schema_problems
from voice_agent.format.sdk_types import extra_kwargs_of, part_of
from voice_agent.format.yaml_source import parse

SOURCE = """
from __future__ import annotations
import enum
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, TypedDict, Union
from typing_extensions import NotRequired, Required
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from livekit.agents import APIConnectOptions, tokenize
from .words import Colours as Hues
import not_installed

if TYPE_CHECKING:
    import aiohttp

Numbers = Literal[1, 2]

class Shade(enum.Enum):
    LIGHT = "light"
    DARK = "dark"

class Level(enum.Enum):
    LOW = 0
    HIGH = 1

class Window(TypedDict, total=False):
    width: Required[int]
    shade: Shade

@dataclass
class Door:
    height: float
    colour: Hues = "red"
    handle: Callable[[], None] = field(default=print)

annotations = dict(
{annotations}
)
"""
CASES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "float | None": {"type": ["number", "null"]},
    "int | float": {"type": "number"},
    "NotGivenOr[bool]": {"type": "boolean"},
    "Optional[int]": {"type": ["integer", "null"]},
    "Hues": {"type": "string", "enum": ["red", "green"]},
    "Hues | str": {"type": "string", "x-known": ["red", "green"]},
    "Union[str, Hues, None]": {"type": ["string", "null"], "x-known": ["red", "green"]},
    "Hues | None": {"type": ["string", "null"], "enum": ["red", "green", None]},
    "Numbers": {"type": "integer", "enum": [1, 2]},
    "bool | Literal['auto']": {"type": ["boolean", "string"], "enum": ["auto", True, False]},
    "str | list[str]": {"type": ["string", "array"], "items": {"type": "string"}},
    "Sequence[Hues]": {"type": "array", "items": {"type": "string", "enum": ["red", "green"]}},
    "tuple[str, ...]": {
        "type": "array",
        "items": {"type": "string"},
        "x-make": {"array": ["builtins:tuple"]},
    },
    "dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "dict[str, Any]": {
        "type": "object",
        "additionalProperties": {"x-unchecked": "Any"},
        "x-unchecked": "Any",
    },
    "Hues | float": {
        "type": ["string", "number"],
        "if": {"type": ["string"]},
        "then": {"enum": ["red", "green"]},
    },
    "list[tuple[str, float]]": {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"type": ["string", "number"]},
            "minItems": 2,
            "maxItems": 2,
            "x-make": {"array": ["builtins:tuple"]},
        },
    },
    "str | not_installed.Thing": {"x-unchecked": "not_installed.Thing"},
    "'str | None'": {"type": ["string", "null"]},
    "Shade": {
        "type": "string",
        "enum": ["light", "dark"],
        "x-make": {"string": ["rooms:Shade"]},
    },
    "Level": {"type": "string", "enum": ["LOW", "HIGH"], "x-make": {"string": ["rooms:Level"]}},
    "timedelta": {"type": "number", "x-make": {"number": ["datetime:timedelta"]}},
    "Path | str": {"type": "string"},
    "Path": {"type": "string", "x-make": {"string": ["pathlib:Path"]}},
    "Any": {"x-unchecked": "Any"},
    "not_installed.Thing": {"x-unchecked": "not_installed.Thing"},
    "Window": {
        "type": "object",
        "properties": {
            "width": {"type": "integer"},
            "shade": {
                "type": "string",
                "enum": ["light", "dark"],
                "x-make": {"string": ["rooms:Shade"]},
            },
        },
        "required": ["width"],
        "additionalProperties": False,
        "x-python": "rooms:Window",
    },
    "Door": {
        "type": "object",
        "properties": {
            "height": {"type": "number"},
            "colour": {"type": "string", "enum": ["red", "green"]},
            "handle": {
                "not": {},
                "errorMessage": "takes a Python object (Callable), and a profile has none; "
                "leave it out",
                "x-object": "Callable",
                "x-unlisted": True,
            },
        },
        "required": ["height"],
        "additionalProperties": False,
        "x-python": "rooms:Door",
        "x-make": {"object": ["rooms:Door"]},
    },
    "str | Callable[[], str]": {"type": "string"},
}
OBJECTS = [
    "aiohttp.ClientSession | None",
    "Callable[[], None]",
    "NotGivenOr[tokenize.WordTokenizer]",
]


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("source") / "rooms"
    folder.mkdir()
    lines = "\n".join(f"    a{number}={each}," for number, each in enumerate([*CASES, *OBJECTS]))
    (folder / "__init__.py").write_text(SOURCE.replace("{annotations}", lines))
    words = 'from typing import Literal\nColours = Literal["red", "green"]\nraise SystemExit\n'
    (folder / "words.py").write_text(words)
    sys.path.insert(0, str(folder.parent))
    yield folder
    sys.path.remove(str(folder.parent))


def part(annotation: str) -> dict[str, Any]:
    found = definition("rooms", "annotations")
    assert isinstance(found, Definition)
    written = {each.arg: each.value for each in found.node.keywords}  # type: ignore[union-attr]
    number = [*CASES, *OBJECTS].index(annotation)
    return kind_of(found.module, written[f"a{number}"]).part()


@pytest.mark.parametrize("annotation", CASES)
def test_a_type_says_what_a_profile_may_write(annotation: str) -> None:
    assert part(annotation) == CASES[annotation]


@pytest.mark.parametrize("annotation", OBJECTS)
def test_a_python_object_is_named_as_one(annotation: str) -> None:
    assert part(annotation)["not"] == {}
    assert part(annotation)["x-object"] in annotation


def test_a_name_is_followed_through_imports_to_where_it_is_defined() -> None:
    found = definition("livekit.agents", "llm.LLM")
    assert isinstance(found, Definition)
    assert found.reference == "livekit.agents.llm.llm:LLM"
    assert "livekit.rtc.event_emitter:EventEmitter" in [
        each.reference for each in bases(found) if isinstance(each, Definition)
    ]


def test_what_is_not_there_is_not_found() -> None:
    assert module("livekit.plugins.nobody") is None
    assert definition("livekit.agents", "llm.Nobody") is None


def test_nothing_is_imported_to_be_read() -> None:
    code = (
        "import sys; from voice_agent.format.sdk_types import part_of;"
        "part_of('inference/stt:STT');"
        "print([each for each in sys.modules if each.startswith(('livekit', 'openai'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("model", "has"),
    [
        ("deepgram/nova-3", "filler_words"),
        ("deepgram/nova-3-general", "filler_words"),
        ("deepgram/flux-general-en", "eot_threshold"),
        ("assemblyai/universal-streaming", "format_turns"),
        ("speechmatics/standard", "max_delay"),
    ],
)
def test_the_extra_options_of_a_model_are_those_of_its_overload(model: str, has: str) -> None:
    found = extra_kwargs_of("inference/stt:STT", model)
    assert has in found["properties"]
    assert found["additionalProperties"] is False


@pytest.mark.parametrize("model", ["nobody/knows", "auto", None])
def test_a_model_of_an_unknown_provider_takes_any_extra_options(model: str | None) -> None:
    assert extra_kwargs_of("inference/stt:STT", model)["type"] == "object"
    assert "properties" not in extra_kwargs_of("inference/stt:STT", model)


def test_every_llm_of_inference_takes_the_options_of_a_chat_completion() -> None:
    assert "temperature" in extra_kwargs_of("inference/llm:LLM", "openai/gpt-4.1")["properties"]


def test_a_class_that_livekit_does_not_have_is_named() -> None:
    with pytest.raises(LookupError, match="no Nothing in inference/stt"):
        part_of("inference/stt:Nothing")


def test_the_parameters_of_a_class_are_read_with_those_that_are_needed() -> None:
    found = part_of("inference/stt:STT")
    assert found["properties"]["sample_rate"] == {"type": "integer"}
    assert found["properties"]["http_session"]["x-object"] == "aiohttp.ClientSession"


def test_problems_in_a_part_are_said_at_their_places() -> None:
    text = "stt:\n- model: a\n  extra_kwargs: {keyterm: 3, fillerWords: true, colour: red}\n"
    source = parse(text, "x.yaml")
    where = ["stt", 0, "extra_kwargs"]
    found = list(schema_problems(source, part_of("inference/stt:DeepgramOptions"), where))
    said = [
        (each.line, each.column, each.message, (each.hint or "")[:27]) for each in sorted(found)
    ]
    assert said == [
        (
            3,
            27,
            '"stt[0].extra_kwargs.keyterm" must be text, and YAML reads this as a number',
            'put it in quotes: "3"',
        ),
        (3, 30, 'unknown key "fillerWords"', 'did you mean "filler_words"'),
        (3, 49, 'unknown key "colour"', 'expected "filler_words", "i'),
    ]
