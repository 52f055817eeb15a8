"""What YAML makes of text that lacks a space or its quotes, in an operator's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

IN_QUOTES = "put the whole text in quotes"
_LONGEST = 80  # characters that are shown again in a hint

# Braces that begin a value, and on what line.
_BRACES = re.compile(r"(?:^[ \t]*|[:-][ \t]+|[\[{,][ \t]*)(\{[{%])")
_NO_SPACE = re.compile(r"[ \t]*(?:- +)*([A-Za-z_]\w*):(?!//)(\S.*)")
_COMMENT = re.compile(r"[ \t]*(#\S[^\r\n]*)")
_DASH = re.compile(r"[ \t]*-(?=[A-Za-z_{\[\"'])")


def quoted(text: str) -> str | None:
    """Return how to write a text of a profile in quotes; None where it is too long to show."""
    text = text.strip()
    if not text or len(text) > _LONGEST or "\n" in text:
        return None
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def in_quotes(text: str) -> str:
    """Return the advice to put a text in quotes, with what to write where that is short."""
    written = quoted(text)
    return f"put it in quotes: {written}" if written else IN_QUOTES


def is_template(node: Node) -> bool:
    """Tell whether a node is what YAML makes of {{ name }} without quotes: a mapping in a key."""
    return (
        isinstance(node, MappingNode)
        and bool(node.flow_style)
        and len(node.value) == 1
        and isinstance(node.value[0][0], MappingNode)
    )


def braces_before(line: str) -> int | None:
    """Return where in the part of a line before a syntax error braces begin a value."""
    found = _BRACES.search(line)
    return found.start(1) if found else None


def missing_space(line: str) -> str | None:
    """Return how to write a line in which no space follows the colon of a key."""
    found = _NO_SPACE.fullmatch(line.rstrip())
    return f"write a space after the colon: {found[1]}: {found[2]}"[:120] if found else None


def dash_without_space(line: str) -> int | None:
    """Return where on a line a dash is that should begin an entry of a list, and has no space."""
    found = _DASH.match(line)
    return found.end() - 1 if found else None


def key_from_text(
    text: str, parent: Node, node: Node, key: str, allowed: Sequence[str]
) -> tuple[str, str | None] | None:
    """Return the hint on a key that was never meant to be one, and the key that was, if any.

    Within {braces}, a comma ends the text before it, and a colon without a space is no colon. The
    hint is "" for what another hint has explained.
    """
    if not (_is_empty(node) and isinstance(parent, MappingNode) and parent.flow_style):
        return None
    before, colon, rest = key.partition(":")
    if colon and before in allowed:
        return f"write a space after the colon: {before}: {rest}", before
    entries = parent.value
    # A key that was merged is not among them.
    at = next((number for number, (each, _) in enumerate(entries) if each.value == key), 0)
    first = at - 1
    while first > 0 and _is_bare(entries[first], allowed):
        first -= 1
    if first < 0 or not _is_text(entries[first][1]):
        return None
    if first < at - 1:
        return "", None
    last = at
    while last + 1 < len(entries) and _is_bare(entries[last + 1], allowed):
        last += 1
    start, end = entries[first][1].start_mark.index, entries[last][0].end_mark.index
    written = quoted(text[start:end])
    whole = f"{entries[first][0].value}: {written}" if written else ""
    advice = f"put the text in quotes: {whole}" if whole else IN_QUOTES
    return f"the comma before it ends the text, so {advice}", None


def _is_bare(entry: tuple[Node, Any], allowed: Sequence[str]) -> bool:
    key, value = entry
    return _is_empty(value) and key.value not in allowed


def _is_empty(node: Node) -> bool:
    """Tell whether nothing stands where a value should."""
    return isinstance(node, ScalarNode) and node.end_mark.index == node.start_mark.index


def _is_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and not node.style and node.value != ""


def braces_for_text(written: str, node: Node) -> str | None:
    """Return how to write {name} where a text is wanted, which YAML takes for a mapping."""
    if not (isinstance(node, MappingNode) and node.flow_style):
        return None
    if not all(isinstance(key, ScalarNode) and _is_empty(value) for key, value in node.value):
        return None
    text = quoted(written)
    return f"put it in quotes: {text}" if text else None


def comment_for_text(text: str, node: Node) -> str | None:
    """Return how to write a text that starts with #, which YAML takes for a comment."""
    rest = _COMMENT.match(text, node.start_mark.index)
    return f"# begins a comment: {in_quotes(rest[1])}" if rest else None


def no_entry(value: Any) -> str | None:
    """Return how to write a list, which the value that stands there is not."""
    first = value if isinstance(value, str) else next(iter(value), "")
    if dash_without_space(first) is not None:
        return "write a space after the dash that begins an entry of the list"
    return None if isinstance(value, str) else 'start every entry of the list with "- "'
