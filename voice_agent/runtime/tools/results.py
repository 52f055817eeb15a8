"""What the llm is told of what a tool brought, and what of it is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from ...format.tools import UNSET, Response
from ..variables import Values

logger = logging.getLogger(__name__)

FAILED = (
    "It did not work. Tell the caller that this cannot be done right now, and do not make up a "
    "result."
)
"""What the llm is told of a failure where the operator has not said it."""

_CUT = "\n(The rest is left out, as it is too long.)"


def of_data(data: Any, response: Response) -> str:
    """Return what the llm is told of data: JSON with the fields that are wanted, up to a size."""
    if response.fields is not None:
        data = _chosen(data, [field.split(".") for field in response.fields])
    text = json.dumps(data, ensure_ascii=False)
    raw = text.encode("utf-8", "replace")
    if len(raw) <= response.max_size:
        return text
    return raw[: response.max_size].decode("utf-8", "ignore") + _CUT


def of_failure(on_error: str | Mapping[str, str] | None, failure: str) -> str:
    """Return what the llm is told of a failure, as the operator wrote it."""
    texts = {"default": on_error} if isinstance(on_error, str) else on_error or {}
    return texts.get(failure) or texts.get("default") or FAILED


def save(data: Any, wanted: Mapping[str, str], values: Values) -> None:
    """Give variables the values that data has for them; log which one it has none for."""
    for variable, path in wanted.items():
        value = _at(data, path.split("."))
        if value is UNSET:
            logger.warning("%s keeps its value: the answer has no %s", variable, path)
            continue
        try:
            values.save(variable, value)
        except ValueError as error:
            logger.warning(
                "%s keeps its value: what the answer has at %s %s", variable, path, error
            )


def _at(data: Any, path: list[str]) -> Any:
    for key in path:
        if isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        elif isinstance(data, Mapping) and key in data:
            data = data[key]
        else:
            return UNSET
    return data


def _chosen(data: Any, paths: list[list[str]]) -> Any:
    """Return those values of nested data that stand at paths; a list keeps all its entries."""
    if isinstance(data, list):
        return [_chosen(each, paths) for each in data]
    if not isinstance(data, Mapping):
        return None
    found: dict[str, Any] = {}
    for first in dict.fromkeys(path[0] for path in paths):
        if first not in data:
            continue
        deeper = [path[1:] for path in paths if path[0] == first]
        found[first] = data[first] if [] in deeper else _chosen(data[first], deeper)
    return found
