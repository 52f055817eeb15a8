"""What holds for any file whatever: no traceback, no long wait, and what validates can be built."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support import ROOT

from voice_agent import Profile
from voice_agent.commands import show
from voice_agent.commands.output_formats import FORMATS
from voice_agent.format import loader
from voice_agent.format.diagnostics import render
from voice_agent.format.schema import conforms, schema
from voice_agent.format.yaml_source import decode, parse
from voice_agent.lint import model_names as known
from voice_agent.lint.check import check_bytes, check_text

GOOD = [path.read_bytes() for path in sorted((ROOT / "tests" / "valid").glob("*.yaml"))]
GOOD += [path.read_bytes() for path in sorted((ROOT / "profiles").glob("*.yaml"))]
VALIDATOR = Draft202012Validator(schema())
OPENING = schema()["properties"]["on_enter"]["properties"]

# The same examples on every run, so that a change is what makes a test fail.
bounded = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
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

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t"), min_size=1
).filter(str.strip)
openings = texts | st.builds(
    lambda key, text, more: {key: text, **more},
    st.sampled_from(["user_input", "instructions", "say"]),
    texts,
    st.fixed_dictionaries({}, optional={"allow_interruptions": st.booleans()}),
)
profiles = st.fixed_dictionaries(
    {
        "instructions": texts,
        "stt": st.sampled_from([*known.listed("stt"), "deepgram/nova-3:en", "new/ears"]),
        "llm": st.sampled_from([*known.listed("llm"), "new/mind/2"]),
        "tts": st.sampled_from([*known.listed("tts"), "cartesia/sonic-3:a", "new/mouth:b"]),
    },
    optional={
        "name": st.from_regex(schema()["properties"]["name"]["pattern"], fullmatch=True).filter(
            lambda name: len(name) <= 64
        ),
        "description": texts,
        "allow_interruptions": st.booleans(),
        "on_enter": openings,
        "preemptive_generation": st.booleans(),
    },
)


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

    logging.getLogger("livekit").setLevel(logging.ERROR)
    loop = asyncio.new_event_loop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEKIT_API_KEY", "key")
        patch.setenv("LIVEKIT_API_SECRET", "s" * 32)

        async def build_it(profile: Profile) -> None:
            assert build.build_agent(profile).instructions == profile.instructions
            assert build.build_session(profile).llm
            begun = asyncio.all_tasks() - {asyncio.current_task()}  # what warms the models up
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

        yield lambda profile: loop.run_until_complete(build_it(profile))
    loop.close()


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


@settings(bounded, max_examples=50)  # a session takes its time to build
@given(profile=profiles)
def test_whatever_validates_can_be_built(
    profile: dict[str, Any], builds: Callable[[Profile], None]
) -> None:
    checked = survives(json.dumps(profile, ensure_ascii=False).encode())
    assert checked.profile, checked.diagnostics
    builds(checked.profile)


@bounded
@given(trees | profiles | st.dictionaries(keys, trees, max_size=9))
def test_the_quick_answer_is_that_of_jsonschema(tree: Any) -> None:
    assert conforms(tree) == VALIDATOR.is_valid(tree)


def test_the_quick_answer_knows_every_keyword_of_the_schema() -> None:
    for each in schema()["examples"]:
        assert conforms(each)


@pytest.mark.parametrize(
    "wanted",
    [
        {"multipleOf": 1},
        {"type": "number"},
        {"enum": [1]},
        {"if": {"multipleOf": 1}, "then": False},
    ],
)
def test_the_quick_answer_to_an_unknown_keyword_is_no(wanted: dict[str, Any]) -> None:
    assert not conforms(1, wanted)


@bounded
@given(profile=profiles)
@example({**schema()["examples"][0], "description": "1e10"})  # a number here, not to YAML 1.1
@example({**schema()["examples"][0], "description": "0o17"})
def test_what_show_prints_reads_as_the_same_profile(profile: dict[str, Any]) -> None:
    text = json.dumps(profile, ensure_ascii=False)
    checked = check_text(text, "desk.yaml")
    assert checked.profile
    values = show.effective(checked.profile, parse(text, "desk.yaml"))
    shown = "\n".join(show.as_yaml(values, "desk.yaml"))
    again = check_text(shown, "desk.yaml")
    assert again.profile, render(again.diagnostics, again.sources)
    data = json.loads(show.as_json(values))["profile"]
    assert parse(shown, "desk.yaml").data == data
    for key, value in profile.items():
        opening = key == "on_enter" and isinstance(value, str)
        assert (
            data[key] == value
            or (opening and data[key]["user_input"] == value)
            or (key == "on_enter" and data[key].items() >= value.items())
        )


@bounded
@given(raw=mutations())
def test_every_report_takes_whatever_is_found(raw: bytes) -> None:
    checked = check_bytes(raw, "desk.yaml")
    for make in FORMATS.values():
        report = make(strict=True, quiet=False)
        report.add(checked)
        report.end()


def test_a_text_is_what_its_bytes_say() -> None:
    assert decode(b"\xef\xbb\xbfa", "desk.yaml") == "a"
