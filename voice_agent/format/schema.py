"""The schema, and a quick yes to data that conforms to it, so that only mistakes take time."""

from __future__ import annotations

import json
import re
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

from .sdk_source import realtime_models

_TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}
# What describes and asserts nothing; `then` and `else` are read beside `if`.
_SILENT = {
    *("$schema", "$comment", "$defs", "title", "description", "default", "examples"),
    *("patternErrorMessage", "then", "else"),
}
_OF_MAPPINGS = ("required", "properties", "additionalProperties", "dependentSchemas")


@cache
def schema() -> dict[str, Any]:
    """Return the schema of the format, with the realtime models of the installed LiveKit."""
    loaded: dict[str, Any] = json.loads(schema_path().read_text("utf-8"))
    realtime = loaded["$defs"]["realtime"]
    # The installed LiveKit may be newer than the schema.
    realtime["enum"] = list(dict.fromkeys([*realtime["enum"], *realtime_models()]))
    return loaded


def is_realtime(model: object) -> bool:
    """Tell whether a model hears and speaks by itself, for the schema or the installed LiveKit."""
    return model in schema()["$defs"]["realtime"]["enum"]


def schema_path() -> Path:
    """The file of the schema: in the checkout, or within the installed package."""
    here = Path(__file__).parents[1]
    folder = next(each for each in (here / "schema", here.parent / "schema") if each.is_dir())
    return folder / "profile.schema.json"


class _Unsure(Exception):
    """The schema has a keyword that is not known here."""


def conforms(data: Any, wanted: Any = None) -> bool:
    """Tell whether data is certainly valid; False where it is not, or where that is unsure.

    Without `wanted`, the schema is that of the format.
    """
    wanted = schema() if wanted is None else wanted
    try:
        return _conforms(wanted, data, wanted)
    except _Unsure:
        return False


def _conforms(part: Any, data: Any, root: Any) -> bool:
    if isinstance(part, bool):
        return part
    return all(
        _holds(keyword, wanted, part, data, root)
        for keyword, wanted in part.items()
        if keyword not in _SILENT
    )


def _holds(keyword: str, wanted: Any, part: Any, data: Any, root: Any) -> bool:
    match keyword:
        case "$ref":
            return _conforms(reduce(getitem, wanted.split("/")[1:], root), data, root)
        case "type":
            return _is_one_of([wanted] if isinstance(wanted, str) else wanted, data)
        case "enum":
            # Python takes True for 1, JSON does not.
            if not all(isinstance(each, str) for each in wanted):
                raise _Unsure
            return data in wanted
        case "if":
            branch = "then" if _conforms(wanted, data, root) else "else"
            return _conforms(part.get(branch, True), data, root)
        case "anyOf":
            return any(_conforms(each, data, root) for each in wanted)
        case "pattern":
            return not isinstance(data, str) or re.search(wanted, data) is not None
        case "maxLength":
            return not isinstance(data, str) or len(data) <= wanted
        case "items":
            return not isinstance(data, list) or all(_conforms(wanted, x, root) for x in data)
        case "minItems":
            return not isinstance(data, list) or len(data) >= wanted
        case "minimum" | "maximum" if isinstance(data, float):
            raise _Unsure
        case "minimum":
            return not _is_one_of(["integer"], data) or data >= wanted
        case "maximum":
            return not _is_one_of(["integer"], data) or data <= wanted
        case "const":
            return type(data) is type(wanted) and data == wanted
    if not isinstance(data, dict) and keyword in _OF_MAPPINGS:
        return True
    match keyword:
        case "required":
            return all(key in data for key in wanted)
        case "properties":
            return all(_conforms(wanted[key], data[key], root) for key in data if key in wanted)
        case "additionalProperties":
            return wanted is not False or all(key in part["properties"] for key in data)
        case "dependentSchemas":
            return all(_conforms(wanted[key], data, root) for key in wanted if key in data)
    raise _Unsure


def _is_one_of(types: list[str], data: Any) -> bool:
    if not all(each in _TYPES for each in types):
        raise _Unsure
    # Python takes True for 1, JSON does not.
    return any(
        isinstance(data, _TYPES[each]) and not (each == "integer" and isinstance(data, bool))
        for each in types
    )
