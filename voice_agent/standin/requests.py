"""What is wrong with a request to the service behind a tool, by the tool's declaration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from .service import Service
from .tool_arguments import fits, inlined

_NAME = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_SECRET = "secrets."  # noqa: S105
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
# What stands unchanged in a path, of what people write there.
_LITERAL = "/%:@!$&'()*+,;=~"


@dataclass(slots=True)
class Request:
    """What a client has sent to a service."""

    method: str
    url: str
    """As it would be without the stand-in."""
    headers: Mapping[str, str]
    body: bytes
    arguments: dict[str, Any] = field(default_factory=dict)
    """The arguments of the tool, as they were found in it."""

    @property
    def kind(self) -> str:
        """What the body is said to be, such as "application/json"; "" where nothing is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def data(self) -> Any:
        """The body, read as JSON or as a form; as text where it is neither."""
        text = self.body.decode("utf-8", "replace")
        if self.kind == _FORM:
            found = parse_qs(text, keep_blank_values=True)
            return {name: each[0] if len(each) == 1 else each for name, each in found.items()}
        try:
            return json.loads(text) if text else None
        except ValueError:
            return text


def problems(request: Request, service: Service) -> list[str]:
    """Return sentences on what is wrong with a request, and put its arguments into it."""
    service = replace(service, parameters=inlined(service.parameters))
    if service.kind == "http":
        found = [
            *_of_method(request, service),
            *_of_address(request, service),
            *_of_headers(request, service),
            *_of_body(request, service),
        ]
    else:
        found = []
        if isinstance(request.data, dict):
            request.arguments.update(request.data)
        if service.body is not None:
            return found  # A payload of its own need not have the arguments by their names.
    return [*found, *_of_arguments(request, service)]


def shown_headers(request: Request, service: Service) -> dict[str, str]:
    """Return the headers that are shown to people: the declared ones, without secrets."""
    declared = {name.lower(): value for name, value in service.headers.items()}
    shown = {}
    for name, value in request.headers.items():
        if name in ("content-type", "idempotency-key"):
            shown[name] = value
        elif name in declared:
            shown[name] = "***" if _SECRET in declared[name] else value
    return shown


def _of_method(request: Request, service: Service) -> Iterator[str]:
    if request.method != service.method:
        yield f"The method is {request.method}, where {service.method} is declared."
    if service.method != "GET" and not request.headers.get("idempotency-key"):
        yield "There is no Idempotency-Key."


def _of_address(request: Request, service: Service) -> Iterator[str]:
    declared, _, declared_query = service.url.partition("?")
    sent = urlsplit(request.url)
    origin, path = _parted(declared)
    address = request.url.partition("?")[0]
    match = re.fullmatch(re.escape(origin) + _pattern(path, "[^/?#]*", quoted=True), address)
    if match is None:
        yield f"The address is {address}, where {declared} is declared."
        return
    for name, value in zip(_NAME.findall(declared), match.groups(), strict=True):
        _take(request, service, name, unquote(value))
    wanted: dict[str, Any] = dict(parse_qsl(declared_query, keep_blank_values=True))
    wanted |= service.query
    given = parse_qsl(sent.query, keep_blank_values=True)
    rest = [(name, value) for name, value in given if name not in wanted]
    for name, template in wanted.items():
        values = [value for key, value in given if key == name]
        yield from _compare(request, service, template, values, f'The query\'s "{name}"')
    names = _in_query_or_body(service)
    for name, value in rest:
        if service.method not in ("GET", "DELETE") or name not in names:
            yield f'The query has "{name}", which is not declared.'
        else:
            again = [each for key, each in rest if key == name]
            _take(request, service, name, value if len(again) == 1 else again)


def _of_headers(request: Request, service: Service) -> Iterator[str]:
    for name, template in service.headers.items():
        value = request.headers.get(name.lower())
        if value is None:
            if not _is_optional(service, template):
                yield f'There is no header "{name}".'
        else:
            yield from _compare(request, service, template, [value], f'The header "{name}"')


def _of_body(request: Request, service: Service) -> Iterator[str]:
    if service.method in ("GET", "DELETE") and service.body is None:
        if request.body:
            yield f"There is a body, which {service.method} has not."
        return
    headers = {name.lower() for name in service.headers}
    wanted = _FORM if service.form else _JSON
    if request.kind != wanted and "content-type" not in headers:
        yield f"The body is {request.kind or 'of no kind'}, where {wanted} is declared."
        return
    data = request.data
    names = _in_query_or_body(service)
    if service.body is not None:
        if isinstance(service.body, Mapping) and isinstance(data, dict):
            # The arguments that have no place of their own stand beside what is written.
            beside = {name: data[name] for name in data if name in names - service.body.keys()}
            data = {name: data[name] for name in data if name not in beside}
            for name, value in beside.items():
                _take(request, service, name, value)
        yield from _compare_data(request, service, service.body, data, "The body")
        return
    if not isinstance(data, dict):
        yield "The body is no object with the arguments."
        return
    for name, value in data.items():
        if name in names:
            _take(request, service, name, value)
        else:
            yield f'The body has "{name}", which is not declared.'


def _of_arguments(request: Request, service: Service) -> Iterator[str]:
    properties = service.parameters.get("properties", {})
    for name in service.parameters.get("required", ()):
        if name not in request.arguments and not fits(None, properties[name]):
            yield f'The argument "{name}" is missing.'
    for name, value in request.arguments.items():
        if name in properties and not fits(value, properties[name]):
            yield f'The argument "{name}" is {json.dumps(value)}, which its schema does not allow.'


def _compare_data(
    request: Request, service: Service, template: Any, data: Any, where: str
) -> Iterator[str]:
    """Yield how data differ from the template that they were made of."""
    if isinstance(template, Mapping):
        if not isinstance(data, dict):
            yield f"{where} is no object."
            return
        for key, each in template.items():
            if key in data:
                at = f'{where}\'s "{key}"'
                yield from _compare_data(request, service, each, data[key], at)
            elif not _is_optional(service, each):
                yield f'{where} has no "{key}".'
        for key in data.keys() - template.keys():
            yield f'{where} has "{key}", which is not declared.'
    elif isinstance(template, list | tuple):
        if not isinstance(data, list) or len(data) != len(template):
            yield f"{where} is no list of {len(template)}."
            return
        for number, each in enumerate(template):
            at = f"{where}'s item {number + 1}"
            yield from _compare_data(request, service, each, data[number], at)
    else:
        yield from _compare(request, service, template, [data], where)


def _compare(
    request: Request, service: Service, template: Any, values: list[Any], where: str
) -> Iterator[str]:
    """Yield how values differ from the template that they were made of."""
    if not values:
        if not _is_optional(service, template):
            yield f"{where} is missing."
        return
    if isinstance(template, str) and (whole := _NAME.fullmatch(template.strip())):
        _take(request, service, whole[1], values[0] if len(values) == 1 else values)
        return
    for value in values:
        if isinstance(template, str) and _NAME.search(template):
            match = re.fullmatch(_pattern(template, ".*?"), str(value), re.DOTALL)
            if match is None:
                yield f"{where} is not as it is declared."
            else:
                for name, part in zip(_NAME.findall(template), match.groups(), strict=True):
                    _take(request, service, name, part)
        elif value != template and str(value) != _written(template):
            yield f"{where} is {json.dumps(value)}, where {json.dumps(template)} is declared."


def _take(request: Request, service: Service, name: str, value: Any) -> None:
    """Keep what was found for a name, as the type that its schema has."""
    schema = service.parameters.get("properties", {}).get(name)
    left_out = value == "" and name not in service.parameters.get("required", ())
    if schema is None or left_out:
        return
    if fits(value, schema):
        request.arguments[name] = value
        return
    several = value if isinstance(value, list) else [value]
    read = [_read(each) if isinstance(each, str) else each for each in several]
    made = (*read[:1], read, several)
    request.arguments[name] = next((each for each in made if fits(each, schema)), value)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _in_query_or_body(service: Service) -> set[str]:
    """Return the arguments that have no place of their own."""
    written = (service.url, service.headers, service.query, service.body)
    placed = {name for each in written for name in _names(each)}
    return {name for name in service.parameters.get("properties", {}) if name not in placed}


def _names(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield from _NAME.findall(template)
    elif isinstance(template, Mapping):
        for each in template.values():
            yield from _names(each)
    elif isinstance(template, list | tuple):
        for each in template:
            yield from _names(each)


def _is_optional(service: Service, template: Any) -> bool:
    """Return whether what is made of a template may be missing, as a name in it has no value."""
    required = service.parameters.get("required", ())
    return any(name not in required for name in _names(template) if not name.startswith(_SECRET))


def _pattern(template: str, value: str, *, quoted: bool = False) -> str:
    """Return a regular expression for what is made of a template, with a group for each name."""
    parts = _NAME.split(template)
    literals = [quote(each, safe=_LITERAL) if quoted else each for each in parts[::2]]
    return f"({value})".join(map(re.escape, literals))


def _parted(url: str) -> tuple[str, str]:
    """Return scheme and host as they go over the wire, and the path."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not host.isascii():
        host = host.encode("idna").decode()
    return f"{scheme}://{host}".lower(), slash + path or "/"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
