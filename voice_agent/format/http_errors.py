"""What the schema cannot say of HTTP requests: where they may go, and what goes where in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .addresses import BadAddress, is_off_limits, parse
from .diagnostics import Diagnostic, quote
from .templates import names, tokens
from .value_errors import Where, named
from .yaml_source import Source, Span

# What the client writes itself, because it belongs to the connection.
_OF_CONNECTION = (
    *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"),
    *("te", "trailer", "transfer-encoding", "upgrade", "accept-encoding"),
)
_SHORT = re.compile(r"(?P<method>[A-Z]+) (?P<url>\S.*)", re.DOTALL)
_BEGINS = re.compile(r"https?://")
_NO_BODY = ("body", "form")


def http_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the requests of a profile beyond the schema."""
    data = source.data if isinstance(source.data, dict) else {}
    allowed = [each for each in _entries(data.get("allow_hosts")) if isinstance(each, str)]
    yield from _allowed(source, allowed)
    for name, tool in _mappings(data.get("tools")):
        if "http" in tool:
            yield from _tool(source, ["tools", name], tool, allowed)
    for name, server in _mappings(data.get("mcp_servers")):
        where = ["mcp_servers", name, "url"]
        yield from _url(source, where, server.get("url"), allowed)


def _allowed(source: Source, allowed: Iterable[str]) -> Iterator[Diagnostic]:
    for number, host in enumerate(allowed):
        where: Where = ["allow_hosts", number]
        if is_off_limits(host):
            message = f"{named(where)} is an address that no tool may reach, whatever is allowed"
            hint = "clouds hand out credentials there, or it is reserved"
            yield source.at(source.value(where), "wrong-value", message, hint)


def _tool(
    source: Source, where: list[str], tool: Mapping[str, Any], allowed: list[str]
) -> Iterator[Diagnostic]:
    http, at = tool["http"], [*where, "http"]
    parameters = dict(_mappings(tool.get("parameters")))
    if isinstance(http, str):
        parts = _SHORT.fullmatch(http)
        if parts:
            yield from _url(source, at, parts["url"], allowed)
            yield from _path(source, at, parts["url"], parameters)
        return
    if not isinstance(http, dict):
        return
    yield from _url(source, [*at, "url"], http.get("url"), allowed)
    yield from _path(source, [*at, "url"], http.get("url"), parameters)
    yield from _headers(source, [*at, "headers"], http.get("headers"))
    yield from _body(source, at, http, parameters)


def _url(source: Source, where: Where, url: Any, allowed: list[str]) -> Iterator[Diagnostic]:
    """Yield why a url must not be called; the schema says so where it is no url at all."""
    if not (isinstance(url, str) and (_BEGINS.match(url) or url.startswith("{{"))):
        return
    try:
        parse(url, allowed)
    except BadAddress as bad:
        place = _part(source, where, url, bad.start, bad.end)
        yield source.at(place, bad.kind, f"{named(where)} {bad.message}", bad.hint)


def _path(
    source: Source, where: Where, url: Any, parameters: Mapping[str, Mapping[str, Any]]
) -> Iterator[Diagnostic]:
    """Yield the parameters in a path that the LLM may leave out."""
    if not isinstance(url, str):
        return
    end = url.find("?") if "?" in url else len(url)
    for token in tokens(url):
        if token.start < end and parameters.get(token.name or "", {}).get("optional") is True:
            message = f"{quote(str(token.name))} is optional, and a path has no place to leave out"
            hint = "make it required, or have it in the query"
            place = _part(source, where, url, token.start, token.end)
            yield source.at(place, "wrong-value", message, hint)


def _headers(source: Source, where: list[str], headers: Any) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, dict) else ():
        key, lower = source.key([*where, name]), str(name).lower()
        if lower in _OF_CONNECTION:
            message = f"the header {quote(name)} is written by the client itself"
            yield source.at(key, "wrong-value", message, "leave it out")
        if lower in seen:
            other = source.key([*where, seen[lower]])
            message = f"the header {quote(name)} is there already, as {quote(seen[lower])}"
            hint = "keep one of the two"
            yield source.at(key, "conflict", message, hint, other=other)
        seen.setdefault(lower, name)
        if isinstance(value, str) and "\n" not in value and not value.isascii():
            letter = next(each for each in value if not each.isascii())
            message = f"{named([*where, name])} has {quote(letter)}, and headers are ASCII"
            node = source.value([*where, name])
            place = next(source.find(re.escape(letter), node), node)
            yield source.at(place, "wrong-value", message, "leave it out, or send it in the body")


def _body(
    source: Source, where: list[str], http: dict[str, Any], parameters: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    method = http.get("method", "GET")
    if method == "GET":
        for key in (each for each in _NO_BODY if http.get(each)):
            place = source.key([*where, key])
            message = f"{quote(key)} has no effect, as a GET has no body"
            hint = "write method: POST, or move it to query"
            yield source.at(place, "conflict", message, hint)
        yield from _twice(source, [*where, "query"], http, parameters)
        return
    body = http.get("body")
    key = "query" if method == "DELETE" and body is None else "body"
    yield from _twice(source, [*where, key], http, parameters)
    if body is None or isinstance(body, dict):
        yield from _nested_form(source, [*where, "body"], http)
        return
    place = source.key([*where, "body"])
    if http.get("form") is True:
        message = f"{named([*where, 'body'])} must be a mapping, as it is sent as a form"
        yield source.at(place, "wrong-value", message)
    for name in _nowhere(http, parameters):
        message = f"the parameter {quote(name)} is sent nowhere: the body is no mapping that it "
        message += "could be added to"
        hint = f"write {{{{ {name} }}}} into the body, the query, a header or the path"
        yield source.at(place, "wrong-value", message, hint)


def _nested_form(source: Source, where: list[str], http: dict[str, Any]) -> Iterator[Diagnostic]:
    if http.get("form") is not True:
        return
    for name, value in (http.get("body") or {}).items():
        if isinstance(value, dict):
            message = f"{named([*where, name])} is a mapping, and a form has only texts"
            place = source.key([*where, name])
            yield source.at(place, "wrong-value", message, "leave form out to send JSON")


def _twice(
    source: Source, where: list[str], http: dict[str, Any], parameters: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield the keys of a query or a body that a parameter would be added as, too."""
    written = http.get(where[-1])
    for name in _nowhere(http, parameters):
        if isinstance(written, dict) and name in written:
            message = f"the parameter {quote(name)} goes here by itself, and something else is here"
            hint = f'write "{{{{ {name} }}}}", or call the parameter by another name'
            yield source.at(source.key([*where, name]), "conflict", message, hint)


def _nowhere(http: dict[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    """Return the parameters that stand nowhere in a request."""
    placed = {*names([http.get(key) for key in ("url", "headers", "query", "body")])}
    return [each for each in parameters if each not in placed]


def _part(source: Source, where: Where, url: str, start: int, end: int) -> Any:
    """Return the place of a part of a url; that of all of it where it is written with escapes."""
    node = source.value(where)
    found = next(source.find(re.escape(url), node), None)
    return Span(found.start + start, found.start + end, found.path) if found else node


def _mappings(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, dict):
            yield name, value


def _entries(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []
