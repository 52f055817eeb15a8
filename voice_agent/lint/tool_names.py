"""Names of tools in a text that the agent does not have.

A name is known by its letters: `book_table`, `bookTable`. One that nothing declares counts where it
is hardly anything else: a slip of a tool's name, a tool of LiveKit's that a profile only has to
list, or what the text itself calls a tool. Any other word with an underscore, such as the name of a
field, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..format.typos import distance
from .sentences import LONGEST

_SNAKE = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"
_CAMEL = r"[a-z]{3,}(?:[A-Z][a-z0-9]+)+"  # no iPhone, no eBay
_QUOTE = r"[`'\"*“”]{0,3}"
# No part of an address, a path, a file's name, a template or a longer word.
_NAME = re.compile(
    rf"(?<![\w./:@{{$#%&=?-])(?P<name>{_SNAKE}|{_CAMEL})(?![\w@}}/=-]|\.\w|:\w)",
)
_USED = re.compile(
    r"\b(?:use|using|call|calling|invoke|invoking|run|running|trigger|triggering|execute|executing)"
    rf"\s+(?:the\s+|your\s+|tool\s+|function\s+){{0,2}}{_QUOTE}$",
    re.IGNORECASE,
)
_IS_TOOL = re.compile(rf"{_QUOTE}(?:\(|\s+(?:tools?|functions?)\b)", re.IGNORECASE)
# What else may be used, as in "use the first_name field".
_IS_DATA = re.compile(
    rf"{_QUOTE}\s+(?:fields?|variables?|values?|parameters?|columns?|keys?|formats?|ids?|property"
    r"|properties|attributes?|files?|tags?|labels?|placeholders?|as\s+(?:a|the|your|their)\b)",
    re.IGNORECASE,
)
# What a name is of that ends so and begins with no verb, as in "call the mobile_number".
_OF_DATA = re.compile(
    r"(?!get|find|check|look|set|update|create|add|send|list|read|save|delete|book|fetch|search)"
    r".*_(?:number|phone|name|id|date|time|code|email|address|status|type|value|key|url)$"
)
_CODE = re.compile(
    r"^[^\S\n]*```.*?(?:^[^\S\n]*```|\Z)|\{\{[^{}]{0,80}\}\}", re.MULTILINE | re.DOTALL
)
_SHORTEST = 6  # letters of a name that slips are looked for in
_MOST = 200  # names that are looked at, as a file made to be slow may have more


class Missing(NamedTuple):
    """A name in a text that no tool has, where it stands, and the tool that it is a slip of."""

    name: str
    start: int
    meant: str | None


def missing(
    text: str,
    tools: Collection[str],
    others: Collection[str],
    reserved: Collection[str],
    *,
    slips_only: bool = False,
) -> Iterator[Missing]:
    """Yield the names of tools in a text that are not those of `tools`.

    `others` are names of other things, such as variables and parameters, and `reserved` those of
    tools that LiveKit has and the profile does not list. With `slips_only`, there may be tools of
    other names, so that what the text calls a tool may be one.
    """
    text = text[:LONGEST]
    code = [each.span() for each in _CODE.finditer(text)]
    known = {*tools, *others}
    for number, found in enumerate(_NAME.finditer(text)):
        name = found["name"]
        if number >= _MOST:
            return
        if name in known or any(start <= found.start() < end for start, end in code):
            continue
        meant = _slip(name, tools)
        called = not slips_only and _is_called_tool(text, found)
        if meant or name in reserved or called:
            yield Missing(name, found.start(), meant)


def _is_called_tool(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - 60) : found.start()], text[found.end() :][:40]
    if _IS_TOOL.match(after):
        return True
    is_data = _IS_DATA.match(after) or _OF_DATA.match(found["name"])
    return bool(_USED.search(before)) and not is_data


def _slip(name: str, tools: Collection[str]) -> str | None:
    """Return the tool whose name differs in capitals, separators or one letter."""
    plain = _plain(name)
    for tool in tools:
        other = _plain(tool)
        if plain == other:
            return tool
        if max(len(plain), len(other)) >= _SHORTEST and distance(plain, other, 1) <= 1:
            return tool
    return None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
