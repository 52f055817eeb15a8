"""Profiles that are made from the schema, less what rules beside the schema forbid in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from voice_agent.format.diagnostics import Diagnostic
from voice_agent.format.loader import examine_text

_MOST = 60  # times that something is taken out


def repaired(data: dict[str, Any]) -> dict[str, Any] | None:
    """Return a profile without what is wrong in it; None if that is never all.

    What a message points at is taken out, or what that is in where nothing is left of it.
    """
    for _ in range(_MOST):
        data = copy.deepcopy(data)
        text = json.dumps(data, indent=1, ensure_ascii=False)
        checked = examine_text(text, "desk.yaml")
        if checked.profile is not None:
            return data
        if checked.source is None:
            return None  # It is no YAML.
        root = checked.source.root
        wrong = {_place(root, each) for each in checked.diagnostics}
        for where in sorted(wrong, key=len, reverse=True):
            _take_out(data, where)
    return None


def _place(root: Node, problem: Diagnostic) -> tuple[str | int, ...]:
    """Return the path of the innermost value that a problem points at, by its key or itself."""
    at = (problem.line - 1, problem.column - 1)
    return max((path for path, node in _nodes(root, ()) if _has(node, at)), key=len, default=())


def _nodes(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key
            yield (*path, key.value), value
            yield from _nodes(value, (*path, key.value))
    elif isinstance(node, SequenceNode):
        for number, value in enumerate(node.value):
            yield (*path, number), value
            yield from _nodes(value, (*path, number))


def _has(node: Node, at: tuple[int, int]) -> bool:
    start, end = node.start_mark, node.end_mark
    return bool((start.line, start.column) <= at < (end.line, end.column))


def _take_out(data: Any, where: Sequence[str | int]) -> None:
    *above, last = where
    for step in above:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return  # It has gone with something else.
    if isinstance(data, dict):
        data.pop(last, None)
    elif isinstance(data, list) and isinstance(last, int) and last < len(data):
        del data[last]
