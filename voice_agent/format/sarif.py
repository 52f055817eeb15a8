"""Diagnostics as a SARIF 2.1.0 log, which code scanners read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .diagnostics import Diagnostic, Place

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def log(found: Iterable[Diagnostic], kinds: Mapping[str, str]) -> str:
    """Return the log of these diagnostics; `kinds` has what each of their kinds means."""
    rules = [{"id": kind, "shortDescription": {"text": text}} for kind, text in kinds.items()]
    run = {
        "tool": {"driver": {"name": "voice-agent", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each) for each in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(found: Diagnostic) -> dict[str, Any]:
    place = Place(found.line, found.column, found.end_line, found.end_column)
    result = {
        "ruleId": found.kind,
        "level": found.severity,
        "message": {"text": found.text},
        "locations": [{"physicalLocation": _location(found.path, place)}],
    }
    if found.other:
        location = _location(found.other_path or found.path, found.other)
        message = {"text": "the other place"}
        result["relatedLocations"] = [{"physicalLocation": location, "message": message}]
    return result


def _location(path: str, place: Place) -> dict[str, Any]:
    from urllib.parse import quote  # here, as importing it takes time

    file = Path(path)
    uri = file.as_uri() if file.is_absolute() else quote(os.fsencode(file.as_posix().strip("<>")))
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"artifactLocation": {"uri": uri}, "region": region}
