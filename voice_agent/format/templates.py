r"""Templates: the `{{ name }}` in a text, for which a value is put in.

A `\{{` writes the two braces themselves. Single braces and `${}` are text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# One line, without braces: what is read for one `{{` is never read again for another.
_OPENING = re.compile(r"\\\{\{|\{\{(?P<inside>[^{}\r\n]*)(?P<closing>\}\})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Token:
    """A `{{ name }}` in a text: from where to where it is there, and what is between the braces.

    One without its `}}` ends with its line, and has None for a name.
    """

    start: int
    end: int
    name: str | None

    @property
    def is_name(self) -> bool:
        """Whether it has the form of a name: words of letters, digits and _, joined by dots."""
        return self.name is not None and _NAME.fullmatch(self.name) is not None


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in their order."""
    return (each for _, each in _parts(text) if each)


def names(value: Any) -> Iterator[str]:
    """Yield the name of every token in the texts of nested data, as often as it is there."""
    if isinstance(value, str):
        yield from (each.name for each in tokens(value) if each.name is not None)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from names(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names(each)


def written(value: Any) -> str:
    """Return a value as it stands within a text: a text as it is, and all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def render(value: Any, lookup: Callable[[str], Any]) -> Any:
    """Return nested data with the values that `lookup` has for names in place of its tokens.

    A text that is nothing but one token becomes the value itself, of whatever type. What was put in
    is never read as a template. The keys of mappings stay as they are. Raises ValueError for what
    is no name, and whatever `lookup` raises.
    """
    if isinstance(value, str):
        name = whole(value)
        return lookup(name) if name else render_text(value, lookup)
    if isinstance(value, Mapping):
        return {key: render(each, lookup) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [render(each, lookup) for each in value]
    return value


def render_text(
    text: str, lookup: Callable[[str], Any], put: Callable[[Any], str] = written
) -> str:
    """Return a text with values in place of its tokens, as `put` writes each; see `render`."""
    parts: list[str] = []
    for literal, token in _parts(text):
        parts.append(literal)
        if token is None:
            continue
        if token.name is None or not token.is_name:
            raise ValueError(f"{text[token.start : token.end]} is no name")
        parts.append(put(lookup(token.name)))
    return "".join(parts)


def whole(text: str) -> str | None:
    """Return the name in a text that is nothing but one token; None for any other text."""
    token = next(tokens(text), None)
    if token is None or not token.is_name or (token.start, token.end) != (0, len(text)):
        return None
    return token.name


def _parts(text: str) -> Iterator[tuple[str, Token | None]]:
    """Yield what stands literally before each token, and the token; None after the last."""
    end, literal = 0, [""]
    for found in _OPENING.finditer(text):
        literal.append(text[end : found.start()])
        end = found.end()
        if found["inside"] is None:
            literal.append("{{")
            continue
        name = found["inside"].strip() if found["closing"] else None
        yield "".join(literal), Token(found.start(), end, name)
        literal.clear()
    yield "".join([*literal, text[end:]]), None
