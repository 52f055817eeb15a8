"""A profile or a scenario file read and checked: its errors, and what is probably not meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..format.loader import (
    Checked,
    examine_bytes,
    examine_file,
    examine_part,
    examine_scenarios,
    examine_text,
    is_scenario_file,
)
from ..format.plugins.problems import unchecked
from .rules import warnings


def check_file(path: str | Path) -> Checked:
    """Return the profile or the scenarios in a file, with its errors and warnings."""
    return _with_warnings(examine_file(path))


def check_bytes(raw: bytes, path: str | Path, name: str | None = None) -> Checked:
    """Return what is in these bytes, with the problems they would have in the file `path`."""
    return _with_warnings(examine_bytes(raw, path, name))


def check_text(text: str, path: str | Path, name: str | None = None) -> Checked:
    """Return what is in this text, with the problems it would have in the file `path`."""
    return _with_warnings(examine_text(text, path, name))


def _with_warnings(checked: Checked) -> Checked:
    source = checked.source
    if source is None:
        return checked
    if checked.kind == "shared part":
        return examine_part(source)
    if is_scenario_file(source):
        checked = examine_scenarios(source)
    # What YAML has made of the wrong thing is no less wrong in other ways.
    wrong = {(each.path, each.line, each.column) for each in source.problems}
    found = warnings(source)
    found = [each for each in found if (each.path, each.line, each.column) not in wrong]
    if checked.diagnostics:  # A comment may be for a warning that an error hides.
        found = [each for each in found if each.kind != "unused-ignore"]
    diagnostics = tuple(sorted([*checked.diagnostics, *found]))
    return replace(checked, diagnostics=diagnostics, unchecked=tuple(unchecked(source)))
