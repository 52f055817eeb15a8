"""What the LLM is given of an answer, and what of it is kept for later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


class _Missing:
    __slots__ = ()


MISSING = _Missing()
"""What is at a path where there is nothing."""


def picked(data: Any, fields: Iterable[str] | None) -> Any:
    """Return the parts of data at dotted paths, in the shape that the data has; None takes all.

    Into a list, a path goes on in every entry, or by a number in that one: `rooms.name`,
    `rooms.0.name`. A text has no parts, and stays whole.
    """
    if fields is None or not isinstance(data, Mapping | list):
        return data
    found = _picked(data, [each.split(".") for each in fields])
    return {} if found is MISSING else found


def at(data: Any, path: str) -> Any:
    """Return what is at a dotted path, into a list by a number; MISSING where there is nothing."""
    for key in path.split("."):
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return MISSING
    return data


def written(data: Any, max_size: int, *, whole: bool = True) -> str:
    """Return data as the JSON that the LLM is given: no more than `max_size` bytes of it.

    Where something is left out, a sentence says so. `whole` is False where it was already.
    """
    if data is None:
        return _DONE
    text = json.dumps(data, ensure_ascii=False)
    raw = text.encode(errors="replace")
    if len(raw) <= max_size and whole:
        return text
    return f"{raw[:max_size].decode(errors='ignore')}\n{_CUT}"


_DONE = "It worked, and there is nothing to tell."
_CUT = "(The rest is left out, as it is too long.)"


def _picked(data: Any, paths: list[list[str]]) -> Any:
    if not all(paths):  # A path ends here, so that all of it is wanted.
        return data
    if isinstance(data, list):
        return _of_list(data, paths)
    if not isinstance(data, Mapping):
        return MISSING
    found = {}
    for key in data:
        below = [path[1:] for path in paths if path[0] == key]
        if below and (part := _picked(data[key], below)) is not MISSING:
            found[key] = part
    return found or MISSING


def _of_list(data: list[Any], paths: list[list[str]]) -> Any:
    numbered = {int(path[0]) for path in paths if path[0].isdecimal()}
    everywhere = [path for path in paths if not path[0].isdecimal()]
    found = []
    for number, each in enumerate(data):
        below = [path[1:] for path in paths if path[0].isdecimal() and int(path[0]) == number]
        if everywhere or number in numbered:
            found.append(_picked(each, everywhere + below))
    return [each for each in found if each is not MISSING] or MISSING
