"""The client that really sends a tool's requests, and the stand-in that knows what is declared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

import pytest
from support.profiles import make_profile

from voice_agent.format.decode import decode
from voice_agent.format.tools import Tool, Tools
from voice_agent.rehearsal.services import with_services
from voice_agent.runtime.tools import http
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.process import Standin

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
LIST = {"type": "array", "items": {"type": "integer"}}
ODD = "a/b ?&=%#+ü'\"\\ {{ x }} ../"
VALUES = {"place": ODD, "caller": "+4930", "TOKEN": "t"}
NOTE = {**TEXT, "optional": True}


def post(**more: Any) -> dict[str, Any]:
    return {"method": "POST", "url": "https://a.example/x", **more}


DECLARED: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "in the query": ({"a": TEXT, "b": WHOLE}, "GET https://a.example", {"a": ODD, "b": 3}),
    "in the path": ({"a": TEXT}, "GET https://a.example/ü/{{ a }}/y?z={{ place }}", {"a": ODD}),
    "a list": ({"a": LIST}, "GET https://A.example:8443/x?y=1", {"a": [1, 2]}),
    "a list of one": ({"a": LIST}, "GET https://a.example/x", {"a": [1]}),
    "left out": ({"a": TEXT, "note": NOTE}, "DELETE https://a.example/x{{ note }}", {"a": "x"}),
    "in a body": ({"a": TEXT, "b": WHOLE, "note": NOTE}, post(), {"a": ODD, "b": 4}),
    "a form": (
        {"a": TEXT, "b": WHOLE, "c": LIST},
        post(form=True),
        {"a": ODD, "b": 4, "c": [1, 2]},
    ),
    "a body of its own": (
        {"a": TEXT, "b": WHOLE, "note": NOTE},
        post(body={"x": [{"no": "no. {{ a }}"}, "{{ caller }}"], "note": "{{ note }}"}),
        {"a": ODD, "b": 4},
    ),
    "in headers": (
        {"a": TEXT, "note": NOTE},
        {
            "method": "PUT",
            "url": "https://a.example/x",
            "headers": {"X-A": "it is {{ a }}", "X-Note": "{{ note }}"},
            "query": {"caller": "{{ caller }}", "fixed": True},
        },
        {"a": "plain"},
    ),
    "ours": (
        {"a": TEXT, "b": {"value": "phone"}, "c": {"value": "{{ caller }}"}},
        post(),
        {"a": "x"},
    ),
}


@pytest.mark.parametrize("how", DECLARED)
async def test_no_request_of_ours_is_other_than_it_is_declared(
    how: str, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, written, arguments = DECLARED[how]
    tools = {"t": {"description": "A tool.", "parameters": parameters, "http": written}}
    profile = replace(make_profile(), tools=decode(Tools, tools))
    environment = standin.environment_with(with_services(KnownCall(), profile))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tool: Tool = profile.tools.declared["t"]
    request = http.build("t", tool, arguments, VALUES.__getitem__, call_id="call")
    answer = await http.send(request)
    with urlopen(environment["AGENT_SERVICES_URL"]) as response:
        (received,) = json.loads(response.read())
    assert received["problems"] == []
    assert answer.data == {"ok": True}
    ours = {"b": "phone", "c": "+4930"} if how == "ours" else {}
    assert received["arguments"] == {**arguments, **ours}
