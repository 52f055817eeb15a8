"""The request of a tool: its declaration, the arguments of the LLM and the values of the call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ....format.addresses import Address, parse
from ....format.templates import names
from ....format.tools import UNSET, Http, Tool
from . import encoding
from .encoding import ABSENT, Lookup
from .failures import Unsendable

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
# Some services say what is wrong only to those who take it in any form.
_ACCEPT = "application/json, text/plain;q=0.9, */*;q=0.1"
# Methods whose parameters go into the query.
_WITHOUT_BODY = ("GET", "DELETE")
_RETRIES_OF_GET = 2
# How much more than the LLM is given is read of an answer.
_READ = 4


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is ready to be sent: everything in it is encoded.

    `target` is its path and query. `timeout` is in seconds, over all attempts and the whole answer;
    `limit` is how many bytes of an answer are read.
    """

    tool: str
    method: str
    address: Address
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float
    retries: int
    limit: int

    @property
    def url(self) -> str:
        """The whole url."""
        return self.address.origin + self.target


def build(
    name: str,
    tool: Tool,
    arguments: Mapping[str, Any],
    values: Lookup,
    *,
    call_id: str,
    allow_hosts: Iterable[str] = (),
) -> Request:
    """Return the request of the tool `name` for arguments that were checked against its schema.

    `values` has all that templates may name beside its parameters. Raises Unsendable for a value
    that cannot stand in its place, and BadAddress for a url that must not be called.
    """
    http = tool.http
    if http is None:
        raise ValueError(f"{name} is no HTTP tool")
    own = _parameters(tool, arguments, values)
    rest = {each: own[each] for each in own if each not in _placed(http)}

    def lookup(each: str) -> Any:
        return own[each] if each in own else values(each)

    in_query = http.method in _WITHOUT_BODY and (http.method == "GET" or http.body is UNSET)
    address = parse(http.url, allow_hosts)
    try:
        target = _target(address, http, rest if in_query else {}, lookup)
        body = _body(http, {} if in_query else rest, lookup)
        headers = _headers(http, body, lookup)
    except Unsendable as why:
        why.by_llm = any(each in arguments and each in own for each in why.names)
        raise
    return Request(
        tool=name,
        method=http.method,
        address=address,
        target=target,
        headers=headers | _key(http, name, call_id, own),
        body=body,
        timeout=http.timeout,
        retries=_retries(http),
        limit=_READ * tool.response.max_size,
    )


def _retries(http: Http) -> int:
    if http.retries is not None:
        return http.retries
    return _RETRIES_OF_GET if http.method == "GET" else 0


def _parameters(tool: Tool, arguments: Mapping[str, Any], values: Lookup) -> dict[str, Any]:
    """Return all parameters with their values, those that the LLM neither sees nor chooses too."""
    own: dict[str, Any] = {}
    for name, parameter in tool.parameters.items():
        if parameter.value is UNSET:
            own[name] = arguments.get(name, ABSENT)
        else:
            own[name] = encoding.data(parameter.value, values)
    return own


def _placed(http: Http) -> set[str]:
    """Return the names that stand somewhere in the request."""
    body = () if http.body is UNSET else names(http.body)
    return {*names(http.url), *names(http.headers), *names(http.query), *body}


def _target(address: Address, http: Http, rest: Mapping[str, Any], lookup: Lookup) -> str:
    path, _, written = address.rest.partition("?")
    # What is in `rest` came from the LLM and the call: it is no template.
    more = {**_without_absent(rest), **encoding.data(http.query, lookup)}
    queries = (encoding.written_query(written, lookup), encoding.query(more))
    query = "&".join(filter(None, queries))
    return (encoding.path(path, lookup) or "/") + (f"?{query}" if query else "")


def _without_absent(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


def _body(http: Http, rest: Mapping[str, Any], lookup: Lookup) -> bytes | None:
    body: Any = _without_absent(rest)
    if http.body is not UNSET:
        written = encoding.data(http.body, lookup)
        # Its parameters all stand somewhere else where a body is no mapping: validate sees to it.
        body = {**body, **written} if isinstance(written, Mapping) else written
    elif http.method in _WITHOUT_BODY:
        return None
    if http.form:
        return encoding.form(body).encode()
    try:
        return encoding.whole(json.dumps(body, ensure_ascii=False, allow_nan=False)).encode()
    except ValueError:
        raise Unsendable("A number in the arguments is infinite, or none.", rest) from None


def _headers(http: Http, body: bytes | None, lookup: Lookup) -> dict[str, str]:
    written: dict[str, str] = {}
    for name, template in http.headers.items():
        value = encoding.header(name, template, lookup)
        if value is not None:
            written[name] = value
    ours = {"Accept": _ACCEPT, "User-Agent": "voice-agent"}
    if body is not None:
        ours["Content-Type"] = _FORM if http.form else _JSON
    return _missing(ours, written) | written


def _key(http: Http, tool: str, call_id: str, own: Mapping[str, Any]) -> dict[str, str]:
    """Return the header by which a service knows a request that it has had before."""
    if http.method == "GET":
        return {}
    written = json.dumps(_without_absent(own), sort_keys=True)
    digest = hashlib.sha256(written.encode()).hexdigest()[:32]
    key = {"Idempotency-Key": f"{call_id}-{tool}-{digest}"}
    return _missing(key, http.headers)


def _missing(ours: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    """Return those of our headers that the operator has not written."""
    known = {name.lower() for name in written}
    return {name: value for name, value in ours.items() if name.lower() not in known}
