"""Placeholders in a text, which other products fill in: {name}, ${NAME} and {% if %}."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .sentences import LONGEST

_NAME = r"[A-Za-z_]\w*(?:\.\w+|\[\w+\])*"
# A JSON object has quotes or colons, or nothing, where a placeholder has a name.
_PLACEHOLDER = re.compile(
    r"\{%[^{}\n]{1,120}%\}"  # {% if name %}
    rf"|\$\{{{_NAME}(?::?-[^{{}}\n]{{0,40}})?\}}"  # ${NAME}, ${NAME:-default}
    rf"|(?<![\\\w}}{{$^])\{{\s?{_NAME}\s?\}}(?!\}})"  # {name}, and no \frac{a}{b}
)
_CODE = re.compile(r"^[^\S\n]*```.*?(?:^[^\S\n]*```|\Z)", re.MULTILINE | re.DOTALL)


def placeholders(text: str) -> Iterator[str]:
    """Yield each placeholder of a text, as often as it is there."""
    text = text[:LONGEST]
    code = [match.span() for match in _CODE.finditer(text)]
    for found in _PLACEHOLDER.finditer(text):
        in_code = any(start <= found.start() < end for start, end in code)
        # In code, braces have meanings of their own.
        if not (in_code and not found[0].startswith("${")):
            yield found[0]
