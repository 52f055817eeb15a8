"""What holds for any file whatever: no traceback, no long wait, and what validates can be built."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from support import ROOT, examples
from support.generated import document, of_one_file

from voice_agent import Profile
from voice_agent.commands import show
from voice_agent.commands.output_formats import FORMATS
from voice_agent.format import loader, needs
from voice_agent.format.credentials import MASK
from voice_agent.format.diagnostics import render
from voice_agent.format.schema import TYPES, conforms, schema
from voice_agent.format.schema_errors import _validator
from voice_agent.format.yaml_source import parse, read_bytes
from voice_agent.lint import model_names as known
from voice_agent.lint.check import check_bytes, check_text

GOOD = [path.read_bytes() for path in sorted((ROOT / "tests" / "valid").glob("*.yaml"))]
GOOD += [path.read_bytes() for path in sorted((ROOT / "profiles").glob("*.yaml"))]
VALIDATOR = _validator(None)
OPENING = schema()["properties"]["on_enter"]["properties"]

# The same examples on every run, so that a change is what makes a test fail.
bounded = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(150),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,  # Rules beside the schema refuse most of what is made.
    ],
)

words = st.text(max_size=30) | st.sampled_from(
    ["yes", "no", "12:30", "1e3", "~", "<<", "*a", "&a", "- x", "a: b", "#", "...", "You can't."]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
keys = st.sampled_from([*schema()["properties"], *OPENING]) | words
models = st.sampled_from([*known.listed("stt"), *known.listed("llm"), *known.listed("tts"), "a/b"])
trees = st.recursive(
    scalars | models,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=8),
    max_leaves=12,
)

alone = of_one_file(schema())
profiles = st.integers(0, 1_000_000).map(lambda seed: document(alone, Random(seed)))


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A good profile with a few pieces cut, doubled, moved or put in."""
    text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(
            st.sampled_from([b"", text[start:end] * 2, b"\t", b"\n", b": ", b"- ", b'"', b"\xff"])
            | st.binary(max_size=4)
            | st.sampled_from([b"&a ", b"*a", b"<<: ", b"{", b"[", b"!x ", b"# ", b"|\n"])
        )
        text = text[:start] + piece + text[end:]
    return text


def survives(raw: bytes) -> loader.Checked:
    """Check bytes and report on them in every way, within a second of processor time."""
    started = time.process_time()
    checked = check_bytes(raw, "desk.yaml")
    assert render(checked.diagnostics, checked.sources, colour=True) or not checked.diagnostics
    assert (checked.profile is None) == any(
        each.severity == "error" for each in checked.diagnostics
    )
    for each in checked.diagnostics:
        assert (1, 1) <= (each.line, each.column) < (each.end_line, each.end_column)
    assert time.process_time() - started < 1
    return checked


@pytest.fixture(scope="module")
def builds() -> Iterator[Callable[[Profile], None]]:
    """Build a profile's agent and session, without a network."""
    from voice_agent.runtime import build

    log = logging.getLogger("livekit")
    level = log.level
    log.setLevel(logging.ERROR)
    loop = asyncio.new_event_loop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEKIT_API_KEY", "key")
        patch.setenv("LIVEKIT_API_SECRET", "s" * 32)

        async def build_it(profile: Profile) -> None:
            for variable in needs.secrets(profile):
                patch.setenv(variable, "5" * 32)
            said = profile.instructions.common.replace("\\{{", "{{")
            assert str(build.build_agent(profile).instructions).startswith(said.strip())
            assert build.build_session(profile).llm
            begun = asyncio.all_tasks() - {asyncio.current_task()}  # what warms the models up
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

        yield lambda profile: loop.run_until_complete(build_it(profile))
    loop.close()
    log.setLevel(level)


@bounded
@given(st.binary(max_size=300))
@example(b"%YAML 1.1\n---\n")
@example(b"\xef\xbb\xbf")
@example(b"? \n")
def test_any_bytes_end_in_diagnostics(raw: bytes) -> None:
    survives(raw)


@bounded
@given(st.text("abc:-{}[]\"'|>#&*!%@`,?\n\t \r\u2028\x85\ufeff\x00é🙂", max_size=80))
def test_any_text_of_yaml_s_own_characters_ends_in_diagnostics(text: str) -> None:
    survives(text.encode())


@bounded
@given(trees)
def test_any_tree_ends_in_diagnostics(tree: Any) -> None:
    survives(yaml.safe_dump(tree, allow_unicode=True).encode(errors="surrogatepass"))


@bounded
@given(raw=mutations())
def test_any_mutation_of_a_good_profile_ends_in_diagnostics_or_can_be_built(
    raw: bytes, builds: Callable[[Profile], None]
) -> None:
    if profile := survives(raw).profile:
        builds(profile)


@bounded
@given(trees | profiles | st.dictionaries(keys, trees, max_size=9))
def test_the_quick_answer_is_that_of_jsonschema(tree: Any) -> None:
    assert conforms(tree) == VALIDATOR.is_valid(tree)


def test_the_quick_answer_knows_every_keyword_of_the_schema() -> None:
    for each in schema()["examples"]:
        assert conforms(each)


# Keywords of JSON Schema with values that fit them, and with values that do not.
KEYWORDS = {
    "type": st.sampled_from([*TYPES, "any", 5, ["string", "null"], ["object", "thing"], []]),
    "enum": st.lists(scalars, max_size=3) | st.just("abc"),
    "const": scalars,
    "pattern": st.sampled_from(["\\S", "^a", "[", 5]),
    "required": st.lists(st.sampled_from("abc"), max_size=2) | st.just("abc") | st.just([1]),
    "uniqueItems": st.booleans(),
    "multipleOf": st.sampled_from([1, 2, 0.5]),
    "format": st.just("email"),
    "$ref": st.sampled_from(["#/$defs/one", "#/$defs/none", "#", "other.json", 5]),
    "$anchor": st.just("a"),
    "dependentRequired": st.just({"a": ["b"]}),
    "contains": st.just({"type": "string"}),
    "unevaluatedProperties": st.just(False),
    "x-anything": st.just(5),
    **{
        bound: st.sampled_from([0, 1, 2.5, True, "1", None])
        for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    },
    **{
        bound: st.sampled_from([0, 1, 2.0, True, "1", None])
        for bound in ("minLength", "maxLength", "minItems", "maxItems", "minProperties")
    },
}


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas that hold other schemas, or what is none."""
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    several = st.lists(inner, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            **KEYWORDS,
            "properties": named | st.just("abc"),
            "patternProperties": st.just({"^a": False}),
            "additionalProperties": inner,
            "propertyNames": inner,
            "dependentSchemas": named,
            "items": inner | several,
            "prefixItems": several,
            "anyOf": several,
            "allOf": several,
            "oneOf": several,
            "not": inner,
            **dict.fromkeys(("if", "then", "else"), inner),
        },
    )


schemas = st.recursive(
    st.booleans() | st.sampled_from([None, 5, {}]) | st.fixed_dictionaries({}, optional=KEYWORDS),
    holding,
    max_leaves=8,
)
instances = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, 2, 1.0, 2.5, -1, "", "a", "ab", "b c"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=5,
)


@settings(bounded, max_examples=examples(400))
@given(wanted=schemas, one=schemas, data=instances)
def test_a_quick_yes_is_never_wrong_whatever_the_schema(wanted: Any, one: Any, data: Any) -> None:
    whole = {**wanted, "$defs": {"one": one}} if isinstance(wanted, dict) else wanted
    if conforms(data, whole):
        assert _validator(whole).is_valid(data)


@pytest.mark.parametrize(
    "wanted",
    [
        {"multipleOf": 1},
        {"type": "whatever"},
        {"enum": [1.5]},
        {"const": 1},
        {"if": {"multipleOf": 1}, "then": False},
        {"if": {"enum": [1.5]}, "else": False},
        {"items": {}, "prefixItems": [{}]},
        {"$ref": "elsewhere.json"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"minimum": "1"},
    ],
)
def test_the_quick_answer_to_what_it_does_not_know_is_no(wanted: dict[str, Any]) -> None:
    assert not conforms(1, wanted)


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        ({"additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 5}),
        ({"type": "integer"}, 200, 200.0),
        ({"type": "number", "minimum": 0}, 0.5, float("nan")),
        ({"type": "number", "maximum": 9}, -0.5, float("-inf")),
        ({"type": ["number", "null"]}, None, float("inf")),
        ({"exclusiveMinimum": 0}, 0.1, 0),
    ],
)
def test_both_answers_are_the_same(wanted: dict[str, Any], good: Any, bad: Any) -> None:
    assert conforms(good, wanted)
    assert _validator(wanted).is_valid(good)
    assert not conforms(bad, wanted)
    assert not _validator(wanted).is_valid(bad)


@settings(bounded, max_examples=examples(20))  # of many more that are made, as most are refused
@given(profile=profiles)
@example({**schema()["examples"][0], "description": "1e10"})  # a number here, not to YAML 1.1
@example({**schema()["examples"][0], "description": "0o17"})
def test_what_show_prints_reads_as_the_same_profile(profile: dict[str, Any]) -> None:
    text = json.dumps(profile, ensure_ascii=False)
    checked = check_text(text, "desk.yaml")
    assume(checked.profile)  # rules beside the schema refuse rehearsals that check nothing
    assert checked.source
    values = show.effective(checked.source, checked.profile.name)
    shown = "".join(f"{line}\n" for line in show.as_yaml(values, "desk.yaml"))
    again = check_text(shown, "desk.yaml")
    assert again.profile, render(again.diagnostics, again.sources)
    data = json.loads(show.as_json(values))["profile"]
    assert parse(shown, "desk.yaml").data == data
    if isinstance(profile.get("on_enter"), str):
        profile = {**profile, "on_enter": {"user_input": profile["on_enter"]}}
    assert is_part_of(profile, data)


def is_part_of(data: Any, whole: Any) -> bool:
    """Tell whether all that is in data is in the whole too, however deep; secrets are hidden."""
    if isinstance(data, dict):
        return all(key in whole and is_part_of(data[key], whole[key]) for key in data)
    return bool(whole in (data, MASK))


@bounded
@given(raw=mutations())
def test_every_report_takes_whatever_is_found(raw: bytes) -> None:
    checked = check_bytes(raw, "desk.yaml")
    for make in FORMATS.values():
        report = make(strict=True, quiet=False)
        report.add(checked)
        report.end()


def test_a_text_is_what_its_bytes_say() -> None:
    assert read_bytes(b"\xef\xbb\xbfa", "desk.yaml") == "a"
