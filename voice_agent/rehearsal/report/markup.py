"""HTML made of elements, in which every text is escaped."""

from __future__ import annotations

import re
from html import escape

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_VOID = {"input", "link", "meta"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *content: str, **attributes: str | float | bool | None) -> Markup:
    """Return an element; its content is escaped unless it is markup.

    In the name of an attribute `_` stands for `-`, and one at the end is dropped (`class_`).
    An attribute that is None or False is left out.
    """
    opening = name + "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{opening}>")
    return Markup(f"<{opening}>{join(*content)}</{name}>")


def join(*content: str) -> Markup:
    """Return elements and texts one after the other."""
    return Markup("".join(map(_text, content)))


def _text(content: str | float) -> str:
    if isinstance(content, Markup):
        return content
    return escape(_CONTROLS.sub("\ufffd", str(content)))
