"""The files that a profile has the agent know, and the earlier talk that it may go on with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from .diagnostics import Diagnostic, quote
from .history import messages
from .variable_types import Unfit, of_json
from .yaml_source import Source

Where: TypeAlias = "tuple[str | int, ...]"

_HISTORY = ("history", "file")


def named_files(data: Any) -> Iterator[Where]:
    """Yield the paths of the values that name such files."""
    if not isinstance(data, dict):
        return
    written, history = data.get("knowledge"), data.get("history")
    for number, each in enumerate(written if isinstance(written, list) else ()):
        where: Where = ("knowledge", number)
        if isinstance(each, str):
            yield where
        elif isinstance(each, dict) and isinstance(each.get("file"), str):
            yield (*where, "file")
    if isinstance(history, dict) and isinstance(history.get("file"), str):
        yield _HISTORY


def known_texts(source: Source) -> dict[Where, str]:
    """Return the texts of those files that could be read, by where they are named."""
    found = ((where, _text(source, where)) for where in named_files(source.data))
    return {where: text for where, text in found if text is not None}


def history_problems(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the file of an earlier talk."""
    text = known_texts(source).get(_HISTORY)
    try:
        messages(of_json(text)) if text else None
    except Unfit as why:
        node = source.value(_HISTORY)
        message = f"the talk in {quote(node.value)} {why}"
        yield source.at(node, "wrong-value", message)


def with_texts(source: Source, data: dict[str, Any]) -> dict[str, Any]:
    """Return valid data with the texts of its files beside their names."""
    texts = known_texts(source)
    if not texts:
        return data
    made = dict(data)
    if "knowledge" in data:
        made["knowledge"] = [
            {**(each if isinstance(each, dict) else {"file": each}), "contents": text}
            for each, text in zip(data["knowledge"], texts.values(), strict=False)
        ]
    if _HISTORY in texts:
        made["history"] = {**data["history"], "contents": of_json(texts[_HISTORY])}
    return made


def _text(source: Source, where: Where) -> str | None:
    value = source.data
    for step in where:
        value = value[step]
    part = source.parts.get(os.path.normpath(Path(source.path).parent / value))
    if part is None:
        return None
    return part.data if isinstance(part.data, str) else part.text  # a profile is a text as well
