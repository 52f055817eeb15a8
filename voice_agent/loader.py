"""From a file to a Profile, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .conforms import schema
from .diagnostics import Diagnostic, InvalidProfile, quote
from .lint import warnings
from .mistakes import schema_problems
from .profile import Opening, Profile
from .rehearsal.scenario import Scenario, scenarios
from .source import Source, decode, parse, read

__all__ = ["Checked", "InvalidProfile", "check", "check_bytes", "check_text", "load", "schema"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of reading a profile: it is there unless a diagnostic is an error."""

    profile: Profile | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def load(path: str | Path) -> Profile:
    """The profile in a file; raises InvalidProfile with everything that is wrong with it."""
    checked = check(path)
    if checked.profile is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    return checked.profile


def check(path: str | Path) -> Checked:
    """Read a profile and report on it, without raising."""
    try:
        text = read(path)
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    return check_text(text, path)


def check_bytes(raw: bytes, path: str | Path, name: str | None = None) -> Checked:
    """Report on the bytes of a profile as if they had been read from the path."""
    try:
        text = decode(raw, str(path))
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    return check_text(text, path, name)


def check_text(text: str, path: str | Path, name: str | None = None) -> Checked:
    """Report on the text of a profile as if it had been read from the path.

    A profile that does not say what it is called has the name, or else that of the file.
    """
    name = name or Path(path).stem
    try:
        source = parse(text, str(path))
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    errors = _all(source, [*schema_problems(source), *_name_problems(source, name)])
    profile = None if errors else _profile(source.data, Path(path), name)
    found = warnings(source)
    if errors:  # a comment may be for what is not seen for the errors
        found = [each for each in found if each.kind != "unused-ignore"]
    diagnostics = tuple(sorted([*errors, *found]))
    return Checked(profile, diagnostics, {str(path): text})


def load_scenarios(path: str | Path) -> tuple[Scenario, ...]:
    """The scenarios in a file that has nothing but a `rehearsal:`; raises InvalidProfile."""
    text = read(path)
    source = parse(text, str(path), "a rehearsal")
    rehearsal = schema()["properties"]["rehearsal"]
    alone = {**schema(), "properties": {"rehearsal": rehearsal}, "required": ["rehearsal"]}
    del alone["if"], alone["else"]
    if found := _all(source, schema_problems(source, alone)):
        raise InvalidProfile(tuple(sorted(found)), {str(path): text})
    return scenarios(source.data["rehearsal"])


def _all(source: Source, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The problems of the YAML, and those that were found in what it says."""
    # A place that is wrong as YAML would only be reported again for what YAML made of it.
    places = {(problem.line, problem.column) for problem in source.problems}
    return [
        *source.problems,
        *(each for each in found if (each.line, each.column) not in places),
    ]


def _profile(data: dict[str, Any], path: Path, name: str) -> Profile:
    opening = data.get("on_enter")
    if isinstance(opening, str):
        opening = {"user_input": opening}
    values = {"name": name, "stt": None, "tts": None, **data}
    values["on_enter"] = None if opening is None else Opening(**opening)
    values["rehearsal"] = scenarios(data.get("rehearsal", ()))
    return Profile(**values, path=path)


def _name_problems(source: Source, stem: str) -> Iterator[Diagnostic]:
    """What is wrong with the file's name where the profile goes by it."""
    if not isinstance(source.data, dict) or "name" in source.data:
        return
    rule = schema()["properties"]["name"]
    if len(stem) > rule["maxLength"] or not re.search(rule["pattern"], stem):
        message = f"the file's name, {quote(stem)}, cannot be the agent's name"
        hint = 'rename the file, or add a "name" of letters, digits, "-" and "_"'
        yield source.at(source.value([]).start_mark.index, "wrong-value", message, hint)
