"""Values in a request, each encoded for its place, so that none of them leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote, urlencode

from ....format.templates import names, render
from .failures import Unsendable

Lookup: TypeAlias = Callable[[str], Any]
"""Returns the value of a name, ABSENT for an optional parameter that was left out."""


class _Absent(str):
    __slots__ = ()


ABSENT = _Absent()
"""The value of an optional parameter that was left out: nothing, where it stands in a text."""

# What a url may have as it stands. A "%" begins a character that is already encoded.
_IN_PATH = "/%:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?"
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")


def path(template: str, lookup: Lookup) -> str:
    """Return a path with its values, each of which stays within its segment.

    Raises Unsendable for a value that would make a segment empty, "." or "..", which servers take
    for another path.
    """
    segments = []
    for segment in template.split("/"):  # No name has a "/", so that none is cut in two.
        written = str(render(segment, lambda name: quote(text(lookup(name)), safe="")))
        if segment != written and unquote(written) in ("", ".", ".."):
            raise _not_here(segment, "must not be empty, . or ..")
        segments.append(quote(written, safe=_IN_PATH))
    return "/".join(segments)


def written_query(template: str, lookup: Lookup) -> str:
    """Return the query that is written in a url, with its values."""
    written = str(render(template, lambda name: quote(text(lookup(name)), safe="")))
    return quote(written, safe=_IN_QUERY)


def query(values: Mapping[str, Any]) -> str:
    """Return values as a query: a list is its name again and again, and null is left out."""
    return urlencode(_pairs(values), quote_via=quote, safe="")


def form(values: Mapping[str, Any]) -> str:
    """Return values as the body of a form."""
    return urlencode(_pairs(values))


def data(template: Any, lookup: Lookup) -> Any:
    """Return nested data with its values, without the entries of what was left out."""
    return _without_absent(render(template, lookup))


def header(name: str, template: str, lookup: Lookup) -> str | None:
    """Return the value of a header, None if it is that of a parameter which was left out.

    Raises Unsendable for line breaks, by which a value could add headers, and for all but ASCII.
    """
    value = render(template, lookup)
    if value is ABSENT:
        return None
    written = text(value).strip(" \t")
    if not _HEADER_VALUE.fullmatch(written):
        rule = f"goes into the header {name}, which takes one line of ASCII characters"
        raise _not_here(template, rule)
    return written


def text(value: Any) -> str:
    """Return a value as it stands in a text: numbers and the like as in JSON."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return whole(written)


def whole(written: str) -> str:
    """Return a text with ? for halves of characters, which JSON may have and UTF-8 may not."""
    return written.encode(errors="replace").decode()


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        several = value if isinstance(value, list | tuple) else [value]
        found += [(name, text(each)) for each in several if each is not None]
    return found


def _without_absent(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_absent(each) for k, each in value.items() if each is not ABSENT}
    if isinstance(value, list | tuple):
        return [_without_absent(each) for each in value if each is not ABSENT]
    return value


def _not_here(template: str, rule: str) -> Unsendable:
    named = dict.fromkeys(names(template))
    return Unsendable(f"The value of {' and '.join(named)} cannot be sent: it {rule}.", named)
