"""A profile read and checked: its errors, and warnings of what is probably not meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..format.loader import Checked, examine_bytes, examine_file, examine_text
from .rules import warnings


def check_file(path: str | Path) -> Checked:
    """Return the profile in a file, with its errors and warnings."""
    return _with_warnings(examine_file(path))


def check_bytes(raw: bytes, path: str | Path, name: str | None = None) -> Checked:
    """Return the profile in these bytes, with the problems they would have in the file `path`."""
    return _with_warnings(examine_bytes(raw, path, name))


def check_text(text: str, path: str | Path, name: str | None = None) -> Checked:
    """Return the profile in this text, with the problems it would have in the file `path`."""
    return _with_warnings(examine_text(text, path, name))


def _with_warnings(checked: Checked) -> Checked:
    if checked.source is None:
        return checked
    found = warnings(checked.source)
    if checked.diagnostics:  # A comment may be for a warning that an error hides.
        found = [each for each in found if each.kind != "unused-ignore"]
    return replace(checked, diagnostics=tuple(sorted([*checked.diagnostics, *found])))
