"""Variables: where their values come from in a call, of which types, and what is logged."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import examples
from support.hostile import hostile_texts, hostile_values
from support.profiles import make_profile

from voice_agent.format.tools import UNSET
from voice_agent.format.variable_types import LONGEST, Unfit, fitting, read
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.tools.http.failures import Unsendable
from voice_agent.runtime.tools.http.in_call import requested
from voice_agent.runtime.variables import NoValue, Origins, Refused, Values

bounded = settings(derandomize=True, deadline=None, max_examples=examples(200))
MONDAY = datetime(2026, 11, 23, 14, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def values(declared: dict[str, Any], given: Origins | None = None, **keys: Any) -> Values:
    """Return the values of a call with a profile that declares these variables."""
    profile = make_profile(variables=declared, **keys)
    return Values(profile, given or Origins(), call_id="AJ_1", room="desk-1", now=lambda: MONDAY)


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        ("metadata.name", "Ada"),
        ("metadata.customer.address.city", "Berlin"),
        ("attributes.sip.phoneNumber", "+4930123456"),
        ("attributes.customer.name", "Eve"),
        ("env.ORDERS_API", "https://api.example.com"),
    ],
)
def test_a_value_comes_from_where_the_profile_says(origin: str, wanted: str) -> None:
    origins = Origins(
        metadata='{"name": "Ada", "customer": {"address": {"city": "Berlin"}}}',
        attributes={"sip.phoneNumber": "+4930123456", "customer.name": "Eve"},
        environment={"ORDERS_API": "https://api.example.com"},
    )
    assert values({"it": {"from": origin}}, origins).get("it") == wanted


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("string", " 04 ", " 04 "),
        ("integer", "4", 4),
        ("integer", "-12", -12),
        ("number", "4", 4),
        ("number", "4.50", 4.5),
        ("number", "1e3", 1000.0),
        ("boolean", "True", True),
        ("boolean", "false", False),
        ("array", '["a", 1]', ["a", 1]),
        ("object", '{"a": {"b": 1}}', {"a": {"b": 1}}),
    ],
)
def test_a_text_becomes_a_value_of_the_type(kind: str, text: str, wanted: Any) -> None:
    found = values(
        {"it": {"type": kind, "from": "attributes.it"}}, Origins(attributes={"it": text})
    )
    assert found.get("it") == wanted
    assert type(found.get("it")) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "four"),
        ("integer", "4.5"),
        ("integer", "1_000"),
        ("integer", "٤"),
        ("integer", "9" * 5_000),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("boolean", "yes"),
        ("boolean", "1"),
        ("array", "a, b"),
        ("array", "[" * 100_000),
        ("object", "[]"),
        ("object", '{"a": NaN}'),
    ],
)
def test_a_text_that_is_no_value_of_the_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Unfit):
        read(text, kind)


@pytest.mark.parametrize(
    ("kind", "written", "wanted"),
    [
        ("string", "4", "it: metadata.it must be a text"),
        ("integer", '"4"', "it: metadata.it must be a whole number"),
        ("integer", "true", "it: metadata.it must be a whole number"),
        ("boolean", '"true"', "it: metadata.it must be true or false"),
        ("array", "{}", "it: metadata.it must be a list"),
    ],
)
def test_metadata_keeps_its_own_types(kind: str, written: str, wanted: str) -> None:
    with pytest.raises(Refused, match=f"^{wanted}$"):
        values({"it": {"type": kind, "from": "metadata.it"}}, Origins(f'{{"it": {written}}}'))


@pytest.mark.parametrize(
    "metadata", ["", "{}", '{"customer": "Ada"}', '{"customer": {"name": null}}']
)
def test_what_is_not_there_has_its_default(metadata: str) -> None:
    declared = {"it": {"from": "metadata.customer.name", "default": "there"}}
    assert values(declared, Origins(metadata)).get("it") == "there"


@pytest.mark.parametrize(
    "metadata", ["Ada", "{", "[1]", "[" * 100_000, '{"a": 1e99999, "it": NaN}']
)
def test_metadata_that_cannot_be_used_leaves_the_default_and_a_line_in_the_log(
    metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = values({"it": {"from": "metadata.it", "default": "there"}}, Origins(metadata))
    assert found.get("it") == "there"
    if metadata != "[1]":
        assert caplog.messages == [
            "it: metadata.it cannot be read, as the job's metadata is no JSON; its default is taken"
        ]


def test_a_call_without_a_value_is_refused_and_all_that_is_missing_is_named() -> None:
    declared = {
        "name": {"from": "metadata.customer.name"},
        "tier": {"from": "metadata.tier", "enum": ["gold", "standard"]},
        "number": {"from": "attributes.sip.phoneNumber"},
        "note": {"from": "metadata.note", "default": ""},
        "booking_id": {},
    }
    with pytest.raises(Refused) as refused:
        values(declared, Origins('{"tier": "s3cret-tier"}'))
    assert str(refused.value) == (
        "name: there is no metadata.customer.name, and no default; "
        'tier: metadata.tier must be one of "gold", "standard"; '
        "number: there is no attributes.sip.phoneNumber, and no default"
    )


def test_no_log_line_and_no_refusal_has_a_value(caplog: pytest.LogCaptureFixture) -> None:
    metadata = json.dumps({"card": "s3cret-4711", "age": "s3cret-4711"})
    declared = {
        "card": {"type": "integer", "from": "metadata.card", "default": 1},
        "age": {"type": "integer", "from": "metadata.age"},
    }
    with pytest.raises(Refused) as refused, caplog.at_level(logging.DEBUG):
        values(declared, Origins(metadata))
    assert "s3cret" not in caplog.text + str(refused.value)
    assert "card: metadata.card must be a whole number; its default is taken" in caplog.text


def test_what_is_given_goes_before_its_origin_and_a_sample_is_for_trying() -> None:
    declared = {"it": {"from": "metadata.it", "default": "default", "sample": "sample"}}
    origins = Origins('{"it": "metadata"}', given={"it": "given"}, samples=True)
    assert values(declared, origins).get("it") == "given"
    assert values(declared, Origins('{"it": "metadata"}', samples=True)).get("it") == "metadata"
    assert values(declared, Origins(samples=True)).get("it") == "sample"
    assert values(declared, Origins()).get("it") == "default"


def test_a_tool_sets_a_variable_for_the_rest_of_the_call() -> None:
    found = values({"booking_id": {}, "people": {"type": "integer"}})
    assert not found.is_set("booking_id")
    with pytest.raises(NoValue, match="booking_id has no value"):
        found.render("{{ booking_id }}")
    found.save("booking_id", "B-17")
    assert found.is_set("booking_id")
    assert found.render("Booking {{ booking_id }}") == "Booking B-17"
    with pytest.raises(Unfit, match="must be a whole number"):
        found.save("people", "four")
    assert not found.is_set("people")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("now", "2026-11-23 14:05"),
        ("today", "2026-11-23"),
        ("weekday", "Montag"),
        ("call.id", "AJ_1"),
        ("call.room", "desk-1"),
        ("call.started_at", "2026-11-23T14:05:00+01:00"),
    ],
)
def test_some_names_are_always_there(name: str, wanted: str) -> None:
    found = values({}, stt="deepgram/nova-3:de")
    assert found.get(name) == wanted
    assert found.is_set(name)


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("en", "Monday"), ("pt-BR", "segunda-feira"), ("ja", "月曜日"), ("xx", "Monday")],
)
def test_the_day_of_the_week_is_in_the_language_of_the_call(language: str, wanted: str) -> None:
    assert values({}, stt=f"deepgram/nova-3:{language}").get("weekday") == wanted


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Tokyo", "+09:00"), (None, "+00:00")])
def test_times_are_of_the_profiles_zone_and_else_of_utc(zone: str | None, offset: str) -> None:
    assert Values(make_profile(timezone=zone)).get("call.started_at").endswith(offset)


def test_secrets_are_put_in_only_where_they_may_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "k-1234")
    found = values({"name": {"default": "Ada"}})
    assert found.render_open({"a": "Bearer {{ secrets.KEY }}", "b": "{{ name }}"}) == {
        "a": "Bearer k-1234",
        "b": "Ada",
    }
    for put in (found.render, found.spoken, found.told):
        with pytest.raises(NoValue):
            put("{{ secrets.KEY }}")


def test_one_reads_what_is_said_and_told_in_one_line() -> None:
    found = values({"name": {"default": 'Ada "the\nGreat" [laughs]'}})
    assert found.spoken("Hello {{ name }}.") == 'Hello Ada "the Great" laughs.'
    assert found.told("Greet {{ name }}.") == 'Greet "Ada \\"the\\nGreat\\" [laughs]".'


def test_a_value_is_never_longer_than_the_limit() -> None:
    assert fitting("x" * LONGEST, "string") == "x" * LONGEST
    for value, kind in (("x" * (LONGEST + 1), "string"), (["x" * LONGEST], "array")):
        with pytest.raises(Unfit, match="must have no more than 20,000 characters"):
            fitting(value, kind)


@bounded
@given(st.text(max_size=200) | hostile_texts)
def test_metadata_of_any_sort_gives_a_value_of_the_type_or_refuses_the_call(text: str) -> None:
    declared = {"a": {"from": "metadata.a"}, "b": {"type": "integer", "from": "metadata.a.b"}}
    try:
        found = values(declared, Origins(text))
    except Refused:
        return
    assert isinstance(found.get("a"), str)


@bounded
@given(hostile_values)
def test_whatever_a_caller_is_called_nothing_is_read_as_a_template(value: Any) -> None:
    kinds = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    kind = kinds.get(type(value), "string")
    metadata = json.dumps({"it": value})
    try:
        found = values(
            {"it": {"type": kind, "from": "metadata.it"}, "b": {"default": "B"}}, Origins(metadata)
        )
    except Refused:
        return
    it = found.get("it")
    assert found.render("{{ it }}") == it
    rendered = found.render({"url": "/a/{{ it }}/{{ b }}", "query": ["{{ b }}", "{{ it }}"]})
    written = it if isinstance(it, str) else json.dumps(it, ensure_ascii=False)
    assert rendered == {"url": f"/a/{written}/B", "query": ["B", it]}
    json.dumps(rendered).encode()
    assert found.told("<{{ it }}>").splitlines() == [found.told("<{{ it }}>")]
    assert UNSET not in (it, rendered)


@bounded
@given(hostile_texts)
def test_what_metadata_says_stays_in_its_place_in_a_request(text: str) -> None:
    url = "https://api.example.com/a/{{ it }}?q={{ it }}"
    http = {"method": "POST", "url": url, "body": {"it": ["{{ it }}", "<{{ it }}>"]}}
    profile = make_profile(
        variables={"it": {"from": "metadata.it"}},
        tools={"ask": {"description": "Asks.", "http": http}},
    )
    try:
        values = Values(profile, Origins(json.dumps({"it": text})))
        sent = requested("ask", profile.tools.declared["ask"], {}, CallState(profile, values))
    except (Refused, Unsendable):
        return  # It is too long, or no part of a path.
    it = values.get("it")
    parts = urlsplit(sent.url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example.com", "")
    assert [unquote(each) for each in parts.path.split("/")] == ["", "a", it]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", it)]
    assert json.loads(sent.body or b"") == {"it": [it, f"<{it}>"]}
