"""The schema describes itself well, and agrees with our classes and with the installed LiveKit."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import runpy
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
import yaml
from jsonschema import Draft202012Validator
from support import ROOT
from support.generated import self_contained
from support.profiles import MINIMAL

from voice_agent import Opening, Profile
from voice_agent.format import sdk_source
from voice_agent.format.diagnostics import quote
from voice_agent.format.profile import Session, TurnHandling
from voice_agent.format.schema import (
    keys_of,
    nested_keys,
    part_at,
    resolved,
    schema,
    schema_path,
)
from voice_agent.format.synonyms import ALSO_CALLED, ELSEWHERE, LIVEKITS, MEANS_ELSE, NOT_YET
from voice_agent.format.tools import Unset
from voice_agent.lint import option_types
from voice_agent.lint.check import check_text

OPENING: dict[str, Any] = schema()["properties"]["on_enter"]
Part = dict[str, Any]


def parts(node: Part, path: str = "", above: tuple[str, ...] = ()) -> Iterator[tuple[str, Part]]:
    """Yield every part of the schema with its path: keys, entries of lists, and definitions.

    A definition that contains itself is yielded once on a path; `above` are those it is in.
    """
    if (reference := node.get("$ref", path)) in above:
        return
    above, node = (*above, reference), resolved(node)
    yield path, node
    for name, value in node.get("properties", {}).items():
        yield from parts(value, f"{path}.{name}".removeprefix("."), above)
    for name, value in node.get("$defs", {}).items():
        yield from parts(value, f"$defs.{name}", above)
    if isinstance(node.get("items"), dict):
        yield from parts(node["items"], f"{path}[]", above)
    if isinstance(node.get("additionalProperties"), dict):
        yield from parts(node["additionalProperties"], f"{path}.*", above)


PARTS = dict(parts(schema()))
KEYS = {path: part for path, part in PARTS.items() if path and not path.startswith("$defs")}
ENTRIES = ("[]", ".*")
"""How the path of an entry ends, which the list or the mapping shows in its own examples."""
TOLD = {*ELSEWHERE, *LIVEKITS, *NOT_YET}
LIVEKIT = {path: part for path, part in PARTS.items() if "x-livekit" in part}


_AT_THE_TOP = "a key at the top of the profile"
_OBJECT = "an object of the running program"
_OURS_IS_FALLBACK = "a list of models, or the key fallback beside it"
_OLD = "deprecated in favour of turn_handling or stt_context_options"
# Options of LiveKit's that the schema leaves out of its own mappings, each with the reason.
NOT_IN_YAML: dict[str, dict[str, str]] = {
    "voice/agent_session:AgentSession": {
        **dict.fromkeys(("stt", "llm", "tts", "vad", "turn_handling"), _AT_THE_TOP),
        "tools": "Python functions",
        "mcp_servers": "objects, and deprecated",
        "userdata": "belongs to one call",
        "loop": _OBJECT,
        **dict.fromkeys(
            (
                *("min_endpointing_delay", "max_endpointing_delay", "turn_detection"),
                *("false_interruption_timeout", "agent_false_interruption_timeout"),
                *("resume_false_interruption", "discard_audio_if_uninterruptible"),
                *("min_interruption_duration", "min_interruption_words", "allow_interruptions"),
                *("preemptive_generation", "keyterms_options"),
            ),
            _OLD,
        ),
    },
    "inference/eot/detector:TurnDetector": {
        "sample_rate": "the detectors know one rate, which is the default",
        "http_session": _OBJECT,
        "conn_options": "LiveKit replaces it by its own where it starts the detector",
    },
    "inference/avatar:AvatarSession": {"http_session": _OBJECT},
    "plugins/silero/vad:VAD.load": {
        "onnx_file_path": "a file of the machine's, with a model that only code can vouch for",
        "padding_duration": "deprecated in favour of prefix_padding_duration",
    },
    "inference/stt:STT": {
        "fallback": _OURS_IS_FALLBACK,
        "http_session": _OBJECT,
        "vad": "an object, of the key vad at the top",
    },
    "inference/tts:TTS": {"fallback": _OURS_IS_FALLBACK, "http_session": _OBJECT},
    "inference/realtime/openai:RealtimeModel": {
        "http_session": _OBJECT,
        "inference_class": "deprecated, as it has no effect on realtime models",
    },
    "inference/realtime/gpt_live:DuplexModel": {"http_session": _OBJECT},
    "stt/fallback_adapter:FallbackAdapter": {
        "stt": _OURS_IS_FALLBACK,
        "vad": "an object, of the key vad at the top",
    },
    "llm/fallback_adapter:FallbackAdapter": {"llm": _OURS_IS_FALLBACK},
    "llm/realtime_fallback_adapter:RealtimeModelFallbackAdapter": {"models": _OURS_IS_FALLBACK},
    "tts/fallback_adapter:FallbackAdapter": {"tts": _OURS_IS_FALLBACK},
}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", KEYS)
def test_every_key_is_described_in_sentences(path: str) -> None:
    wanted = r"[A-Z].{3,}\." if path.endswith(ENTRIES) else r"[A-Z].{20,}\."
    assert re.fullmatch(wanted, KEYS[path]["description"])


@pytest.mark.parametrize("path", KEYS)
def test_every_key_has_examples_and_all_are_valid(path: str) -> None:
    part = KEYS[path]
    shows_itself = path.endswith(ENTRIES) or "enum" in part or path == "rehearsal[].turns"
    assert shows_itself or part["examples"]
    for example in part.get("examples", []):
        Draft202012Validator(self_contained(part, schema())).validate(example)


@pytest.mark.parametrize("role", ["stt", "llm", "tts"])
def test_every_model_that_editors_complete_is_valid_and_goes_by_its_name(role: str) -> None:
    part = KEYS[role]
    for snippet in part["defaultSnippets"]:
        Draft202012Validator(part).validate(snippet["body"])
        assert snippet == {"label": snippet["body"], "body": snippet["body"]}


def test_every_example_of_a_profile_is_valid() -> None:
    for example in schema()["examples"]:
        Draft202012Validator(schema()).validate(example)


def test_every_mapping_is_closed() -> None:
    open_ones = [
        path
        for path, part in PARTS.items()
        if "properties" in part
        and {**part, **part.get("else", {})}.get("additionalProperties", True) is True
    ]
    # The options of a plugin are compared with its source.
    assert open_ones == ["$defs.plugin"]


def test_every_pattern_says_what_it_wants() -> None:
    patterns = [part for part in PARTS.values() if "pattern" in part]
    assert all(part["patternErrorMessage"].startswith("must ") for part in patterns)


def differences(kind: Any, part: Part, path: str = "") -> Iterator[str]:
    """Yield where a type of ours and a part of the schema differ, through all that they hold."""
    part = resolved(part)
    members = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    for member in members:
        if dataclasses.is_dataclass(member):
            if path.count(".menu") < 2:  # A menu may be below another.
                yield from _class_differences(member, part, path)
        elif is_typeddict(member):
            yield from _mapping_differences(member, part, path)
        elif get_origin(member) is tuple:
            yield from differences(get_args(member)[0], part["items"], f"{path}[]")
        elif get_origin(member) is Mapping:
            yield from differences(get_args(member)[1], part["additionalProperties"], f"{path}.*")
        elif get_origin(member) is Literal:
            if different := set(get_args(member)) ^ set(part["enum"]):
                yield f"{path}: {different}"
        elif member is Any:
            continue  # What of it is right, the schema alone says.
        elif member not in (NoneType, Unset) and member.__name__ not in _types(part):
            yield f"{path}: {member.__name__} is not in the schema"


def _types(part: Part) -> set[str]:
    if "enum" in part:
        return {type(each).__name__ for each in part["enum"]}
    named = part["type"] if isinstance(part["type"], list) else [part["type"]]
    python = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
    return {python.get(each, each) for each in named}


def _class_differences(kind: Any, part: Part, path: str) -> Iterator[str]:
    origin = {"path", "files", "contents"}
    fields = {field.name: field for field in dataclasses.fields(kind) if field.name not in origin}
    if others := getattr(kind, "others", None):
        if lacking := set(fields) - {others} - set(keys_of(part)):
            yield f"{path}: {lacking}"
        return
    # What other files say is in the place of the keys that name them.
    named = {"file"} if "x-text-file" in part else {"extends"}
    names = {field: key for key, field in getattr(kind, "renamed", {}).items()}
    if different := {names.get(each, each) for each in fields} ^ (set(part["properties"]) - named):
        yield f"{path}: {different}"
        return
    if getattr(kind, "short_form", None) != part.get("x-short-form"):
        yield f"{path}: the short form is another"
    for name, annotation in get_type_hints(kind).items():
        if name not in fields:
            continue
        inner = resolved(part["properties"][names.get(name, name)])
        yield from differences(annotation, inner, f"{path}.{name}")
        field, default = fields[name], inner.get("default")
        if default is not None and field.default != default:
            yield f"{path}.{name}: the default is {field.default}, and {default} in the schema"


def _mapping_differences(kind: Any, part: Part, path: str) -> Iterator[str]:
    ours = {name for name, wanted in kind.__annotations__.items() if "NoReturn" not in str(wanted)}
    if ours != set(part["properties"]):
        yield f"{path}: {ours ^ set(part['properties'])}"


def test_the_schema_and_the_classes_agree_in_keys_types_and_defaults() -> None:
    assert list(differences(Profile, schema())) == []


def test_a_key_that_only_one_of_schema_and_classes_has_is_named() -> None:
    part = {**schema(), "properties": {**schema()["properties"], "colour": {"type": "string"}}}
    assert list(differences(Profile, part)) == [": {'colour'}"]
    turn = json.loads(json.dumps(schema()))
    turns = turn["properties"]["rehearsal"]["items"]["properties"]["turns"]
    turns["items"]["properties"]["type"]["type"] = "integer"
    assert list(differences(Profile, turn)) == [
        ".rehearsal[].turns[].type: str is not in the schema"
    ]


def test_a_key_is_required_where_its_field_has_no_default() -> None:
    fields = dataclasses.fields(Profile)
    without = {
        field.name
        for field in fields
        if field.default is field.default_factory is dataclasses.MISSING
    }
    whole = schema()["else"]  # without `extends`
    assert without - {"name"} == set(whole["required"])  # the file gives a name
    assert [each["else"]["required"] for each in whole["else"]["allOf"]] == [["stt"], ["tts"]]


def test_the_types_of_livekit_s_options_are_written_from_the_schema() -> None:
    written = (ROOT / option_types.FILE).read_text("utf-8")
    assert written == option_types.option_types(schema()), "run: python -m voice_agent.lint.refresh"
    assert set(TurnHandling.__annotations__) >= {"endpointing", "interruption"}
    assert set(Session.__annotations__) == set(part_at(["session"])["properties"])


def reference(path: str) -> str:
    """Return what a part of the schema says it is of LiveKit's."""
    named: str = LIVEKIT[path]["x-livekit"]
    return named


@pytest.mark.parametrize("path", [path for path in LIVEKIT if "properties" not in LIVEKIT[path]])
def test_livekit_has_every_option_that_the_schema_says_is_its_own(path: str) -> None:
    holder, _, name = reference(path).rpartition(".")
    assert name in sdk_source.options(holder).names


@pytest.mark.parametrize("path", [path for path in LIVEKIT if "properties" in LIVEKIT[path]])
def test_the_schema_has_every_option_of_livekit_s_but_those_with_a_reason(path: str) -> None:
    """A new option of LiveKit's goes into the schema, or into NOT_IN_YAML with its reason."""
    theirs = set(sdk_source.options(reference(path)).names)
    ours = {key for key, part in LIVEKIT[path]["properties"].items() if "x-ours" not in part}
    explained = set(LIVEKIT[path].get("x-elsewhere", {}))  # to operators, and so to us
    assert theirs - ours - explained == set(NOT_IN_YAML.get(reference(path), {})) - explained
    assert ours - theirs == set()


def test_options_that_are_not_in_yaml_are_those_of_mappings_that_are() -> None:
    assert set(NOT_IN_YAML) <= {reference(path) for path in LIVEKIT}


def test_every_parameter_of_livekit_s_has_its_place_told() -> None:
    from livekit.agents import Agent, AgentSession, inference
    from livekit.agents.voice.room_io import RoomOptions

    callables: list[Any] = [Agent.__init__, AgentSession.__init__, AgentSession.start]
    callables += [AgentSession.say, AgentSession.generate_reply, RoomOptions]
    callables += [inference.STT.__init__, inference.LLM.__init__, inference.TTS.__init__]
    names = {name for each in callables for name in inspect.signature(each).parameters}
    ours = {path[-1] for path in nested_keys(schema())}
    assert names - ours - set(ALSO_CALLED) - TOLD == {"self"}


def test_a_key_of_the_format_in_the_wrong_place_is_sent_to_its_own() -> None:
    """Whatever the list of refused keys says of a key that the format has meanwhile learnt."""
    for *above, key in nested_keys(schema()):
        if not above or key in {*schema()["properties"], *ALSO_CALLED, *MEANS_ELSE}:
            continue
        written = json.dumps({**yaml.safe_load(MINIMAL), key: None})
        [problem] = check_text(written, "desk.yaml").diagnostics
        homes = [quote(".".join(above[: end + 1])) for end in range(len(above))]
        hint = problem.text.partition("it goes under ")[2]
        assert any(home in hint for home in homes)
    keys = {path[-1] for path in nested_keys(schema())}
    keys |= {key for part in schema()["$defs"].values() for key in part.get("properties", ())}
    assert {*ALSO_CALLED.values()} <= keys


def test_an_option_that_livekit_does_not_have_is_found() -> None:
    with pytest.raises(LookupError, match="no TurnHandling in voice/turn"):
        sdk_source.options("voice/turn:TurnHandling")
    assert sdk_source.default("voice/turn:EndpointingOptions.colour") == ()


def test_an_opening_is_exactly_one_of_its_texts() -> None:
    texts = {"user_input", "instructions", "say"}
    is_valid = Draft202012Validator(OPENING).is_valid
    assert not is_valid({})
    for one in texts:
        assert is_valid({one: "Hello.", "allow_interruptions": False})
        for other in texts - {one}:
            assert not is_valid({one: "Hello.", other: "Hello."})
    assert Opening.short_form == OPENING["x-short-form"]


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
    written = json.loads(schema_path().read_text())["$defs"]["realtime"]["oneOf"]
    assert {each["const"] for each in written} == known
