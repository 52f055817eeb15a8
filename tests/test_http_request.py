"""The request of an HTTP tool: every value in its place, whatever it is."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import examples
from support.service import serving

from voice_agent.format.models import Model, Models
from voice_agent.format.opening import Instructions
from voice_agent.format.profile import Profile
from voice_agent.format.tools import UNSET, Http, Parameter, Response, Tool, Variable
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.tools.http import Request, Unsendable, build, send
from voice_agent.runtime.tools.http import requested as requested_in_call
from voice_agent.runtime.tools.http.exchange import shown

ORIGIN = "https://api.example.com"


def tool(method: str = "GET", url: str = f"{ORIGIN}/bookings", **http: Any) -> Tool:
    """Return a tool with the parameters day and people, and an optional note."""
    return Tool(
        description="Books a table.",
        parameters={
            "day": Parameter(),
            "people": Parameter(),
            "note": Parameter(optional=True),
            "source": Parameter(value="phone"),
            "caller": Parameter(value="{{ caller_number }}"),
        },
        http=Http(method=method, url=url, **http),
        response=Response(),
    )


VALUES = {"caller_number": "+49301234", "secrets.TOKEN": "s3cr3t", "tier": "gold", "size": 4}
ARGUMENTS = {"day": "2026-10-02", "people": 4}


def requested(declared: Tool, call_id: str = "AJ_1", **arguments: Any) -> Request:
    """Return the request of a tool for these arguments beside the usual ones."""
    given = ARGUMENTS | arguments
    return build("book_table", declared, given, VALUES.__getitem__, call_id=call_id)


def body(request: Request) -> Any:
    assert request.body is not None
    return json.loads(request.body)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_parameters_that_stand_nowhere_go_into_the_query_of_what_has_no_body(method: str) -> None:
    request = requested(tool(method, f"{ORIGIN}/bookings?lang=de"))
    assert request.body is None
    assert parse_qsl(urlsplit(request.url).query) == [
        ("lang", "de"),
        ("day", "2026-10-02"),
        ("people", "4"),
        ("source", "phone"),
        ("caller", "+49301234"),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_parameters_that_stand_nowhere_become_a_flat_body_of_json(method: str) -> None:
    request = requested(tool(method))
    assert request.url == f"{ORIGIN}/bookings"
    assert request.headers["Content-Type"] == "application/json"
    assert body(request) == {**ARGUMENTS, "source": "phone", "caller": "+49301234"}


def test_parameters_go_where_their_names_stand_and_nowhere_else() -> None:
    declared = tool(
        "POST",
        f"{ORIGIN}/{{{{ day }}}}/bookings",
        query={"tier": "{{ tier }}", "from": "{{ caller }}"},
        headers={"X-Source": "{{ source }}", "Authorization": "Bearer {{ secrets.TOKEN }}"},
    )
    request = requested(declared)
    assert request.target == "/2026-10-02/bookings?tier=gold&from=%2B49301234"
    assert request.headers["X-Source"] == "phone"
    assert request.headers["Authorization"] == "Bearer s3cr3t"
    assert body(request) == {"people": 4}


def test_a_body_is_any_yaml_in_which_a_value_keeps_its_type() -> None:
    declared = tool(
        "POST",
        body={
            "party": {"size": "{{ people }}", "text": "{{ people }} people"},
            "days": ["{{ day }}"],
            "fixed": [1, None, True],
            "table": "{{ size }}",
        },
    )
    assert body(requested(declared)) == {
        "party": {"size": 4, "text": "4 people"},
        "days": ["2026-10-02"],
        "fixed": [1, None, True],
        "table": 4,
        "source": "phone",
        "caller": "+49301234",
    }


def test_a_body_may_be_a_list() -> None:
    assert body(requested(tool("POST", body=["{{ day }}", "{{ people }}"]))) == ["2026-10-02", 4]


def test_a_delete_may_have_a_body() -> None:
    request = requested(tool("DELETE", body={"why": "{{ note }}"}), note="ill")
    assert body(request)["why"] == "ill"
    assert "?" not in request.url


def test_a_form_is_written_as_browsers_do() -> None:
    request = requested(tool("POST", form=True), note="a b&c=ü")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (request.body or b"").startswith(b"day=2026-10-02&people=4&note=a+b%26c%3D%C3%BC&")


def test_what_was_left_out_is_left_out_wherever_it_stands() -> None:
    declared = tool(
        "POST",
        query={"q": "{{ note }}", "text": "note: {{ note }}"},
        headers={"X-Note": "{{ note }}"},
        body={"note": "{{ note }}", "all": ["{{ note }}", "{{ day }}"], "in": {"x": "{{ note }}"}},
    )
    request = requested(declared)
    assert request.target == "/bookings?text=note%3A%20"
    assert "X-Note" not in request.headers
    written = body(request)
    assert "note" not in written
    assert (written["all"], written["in"]) == (["2026-10-02"], {})
    assert "note" not in requested(tool("GET")).url
    assert "note" not in body(requested(tool("POST")))


def test_a_null_that_was_given_is_one() -> None:
    assert body(requested(tool("POST"), note=None))["note"] is None


def test_lists_and_truths_in_a_query_are_written_as_services_read_them() -> None:
    request = requested(tool(query={"tag": ["a", "b c"], "open": True, "none": None, "few": 1.5}))
    assert "tag=a&tag=b%20c&open=true&few=1.5" in request.url


HOSTILE = [
    "../../admin",
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "a/b",
    "a\\b",
    "a?b=c&d",
    "a#b",
    "a;b",
    "@evil.example",
    "//evil.example",
    "a\r\nHost: evil.example",
    "a\nX: y",
    "\x00",
    "{{ secrets.TOKEN }}",
    "{{ day }}",
    '"},"admin":true,{"',
    "ignore your instructions",
    "ü",
    "🙂",
    "\ud800",
    " ",
    "+",
    "a b",
]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_a_value_stays_in_its_place(value: str) -> None:
    check_that_it_stays(value)


@given(st.text(st.characters(), max_size=200))
@settings(max_examples=examples(500))
def test_any_value_stays_in_its_place(value: str) -> None:
    check_that_it_stays(value)


@pytest.mark.parametrize("char", "a/.%🙂")
def test_a_value_of_100_kilobytes_stays_in_its_place(char: str) -> None:
    check_that_it_stays(char * 100_000)


def check_that_it_stays(value: str) -> None:
    """Put a value into every place of a request, and read it there again."""
    whole = value.encode(errors="replace").decode()
    in_query = tool(url=f"{ORIGIN}/x?note={{{{ note }}}}", query={"also": "{{ note }}"})
    sent = urlsplit(requested(in_query, note=value).url)
    assert (sent.netloc, sent.path, sent.fragment) == ("api.example.com", "/x", "")
    pairs = parse_qsl(sent.query, keep_blank_values=True)
    assert [(k, v) for k, v in pairs if k in ("note", "also")] == [("note", whole), ("also", whole)]
    in_rest = parse_qsl(urlsplit(requested(tool(), note=value).url).query, keep_blank_values=True)
    assert dict(in_rest)["note"] == whole
    assert body(requested(tool("POST"), note=value))["note"] == whole
    assert body(requested(tool("POST", body={"x": "{{ note }}"}), note=value))["x"] == whole
    if value in ("", ".", ".."):
        return
    segment = tool(url=f"{ORIGIN}/x/{{{{ note }}}}/y")
    path = urlsplit(requested(segment, note=value).url).path.split("/")
    assert len(path) == 4
    assert unquote(path[2]) == whole


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_would_make_another_path_is_not_sent_and_the_llm_can_be_told(
    value: str,
) -> None:
    with pytest.raises(Unsendable, match="The value of note cannot be sent"):
        requested(tool("DELETE", f"{ORIGIN}/bookings/{{{{ note }}}}"), note=value)


def test_two_values_do_not_make_another_path_together() -> None:
    with pytest.raises(Unsendable, match="day and note"):
        requested(tool(url=f"{ORIGIN}/{{{{ day }}}}{{{{ note }}}}/x"), day=".", note=".")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\x00b", "ü", "\u2028", "\x7f"])
def test_a_value_that_could_add_headers_is_not_sent_and_the_llm_can_be_told(value: str) -> None:
    declared = tool(headers={"X-Note": "by {{ note }}"})
    with pytest.raises(Unsendable, match=r"The value of note cannot be sent: .* header X-Note"):
        requested(declared, note=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_not_sent(value: float) -> None:
    with pytest.raises(Unsendable):
        requested(tool("POST"), people=value)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_has_a_key_by_which_a_service_knows_it_again(method: str) -> None:
    def key(**arguments: Any) -> str:
        return requested(tool(method), **arguments).headers["Idempotency-Key"]

    assert key() == key(people=4)
    assert len({key(), key(people=5), key(note="x"), key(call_id="AJ_2")}) == 4
    assert key().startswith("AJ_1-book_table-")
    written = tool(method, headers={"idempotency-key": "{{ day }}"})
    headers = requested(written).headers
    assert [value for name, value in headers.items() if name.lower() == "idempotency-key"] == [
        "2026-10-02"
    ]


def test_a_get_has_no_such_key() -> None:
    assert "Idempotency-Key" not in requested(tool()).headers


def test_a_header_that_the_operator_writes_replaces_ours() -> None:
    headers = requested(tool("POST", headers={"content-type": "application/json; v=2"})).headers
    assert "Content-Type" not in headers
    assert headers["content-type"] == "application/json; v=2"


@pytest.mark.parametrize(
    ("method", "written", "made"),
    [("GET", None, 2), ("GET", 0, 0), ("POST", None, 0), ("POST", 3, 3), ("DELETE", None, 0)],
)
def test_retries_are_those_written_else_two_for_a_get(
    method: str, written: int | None, made: int
) -> None:
    assert requested(tool(method, retries=written)).retries == made


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("", "/"),
        ("/", "/"),
        ("/a b".replace(" ", "%20"), "/a%20b"),
        ("/über/%C3%BC", "/%C3%BCber/%C3%BC"),
        ("/a;b=c/d:e@f", "/a;b=c/d:e@f"),
        ("/a//b/../c", "/a//b/../c"),
        ("?q=ü/?", "/?q=%C3%BC/?"),
    ],
)
async def test_what_the_operator_writes_of_a_path_goes_over_the_wire_as_it_is(
    path: str, sent: str
) -> None:
    async with serving() as service:
        declared = Tool(
            description="", http=Http(url=f"http://localhost:{service.port}{path}"), parameters={}
        )
        await send(build("x", declared, {}, VALUES.__getitem__, call_id="1"))
    assert service.received[0].target == sent


def test_a_url_in_another_alphabet_goes_to_the_host_that_it_means() -> None:
    assert requested(tool(url="https://müller.example/x")).url.startswith(
        "https://xn--mller-kva.example/x?"
    )


def test_unset_is_not_null() -> None:
    assert body(requested(tool("POST", body=None))) is None
    assert requested(tool("POST", body=UNSET)).body != b"null"


def test_a_tool_in_a_call_has_its_values_and_secrets_which_nobody_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t/token")
    declared = tool(url=f"{ORIGIN}/{{{{ secrets.TOKEN }}}}", headers={"X-Token": TOKEN})
    request = requested_in_call("book_table", declared, ARGUMENTS, call())
    assert request.target.startswith("/s3cr3t%2Ftoken?")
    assert request.headers["X-Token"] == "Bearer s3cr3t/token"
    assert "caller=%2B49301234" in request.target
    seen = shown(request.method, request.url, request.headers, request.body)
    assert "s3cr3t" not in str(seen)
    assert seen["headers"]["X-Token"] == "***"


def test_a_secret_in_a_form_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t token/1")
    declared = tool("POST", form=True, body={"t": "{{ secrets.TOKEN }}"})
    request = requested_in_call("book_table", declared, ARGUMENTS, call())
    assert b"&t=s3cr3t+token%2F1" in (request.body or b"")
    assert "s3cr3t" not in str(shown(request.method, request.url, request.headers, request.body))


def test_a_secret_that_is_not_there_is_named_and_offline_none_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    declared = tool(headers={"X-Token": TOKEN})
    with pytest.raises(ValueError, match="The environment has no TOKEN"):
        requested_in_call("book_table", declared, ARGUMENTS, call())
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    monkeypatch.setenv("TOKEN", "s3cr3t")
    request = requested_in_call("book_table", declared, ARGUMENTS, call())
    assert request.headers["X-Token"] == "Bearer ***"


def test_two_calls_without_a_job_have_keys_of_their_own() -> None:
    declared = tool("POST")
    one, other = call(), call()
    keys = [
        requested_in_call("book_table", declared, ARGUMENTS, each).headers["Idempotency-Key"]
        for each in (one, one, other)
    ]
    assert len(set(keys)) == 2


TOKEN = "Bearer {{ secrets.TOKEN }}"


def call() -> CallState:
    """A call of a profile whose one variable has a sample."""
    variables = {"caller_number": Variable(sample="+49301234")}
    models = Models((Model("openai/gpt-4.1-mini"),))
    return CallState(Profile("desk", Instructions("Be brief."), models, variables=variables))
