"""From a file to a Profile, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from .agent_conflicts import agent_conflicts
from .agent_errors import agent_problems
from .assembly import assembled, is_part
from .decode import decode
from .diagnostics import Diagnostic, InvalidProfile, quote
from .field_errors import field_problems
from .hiding import hide
from .http_errors import http_problems
from .implied import with_fields, with_variables
from .knowledge import history_problems, with_texts
from .mcp_errors import mcp_problems
from .menu_errors import menu_problems
from .model_errors import model_problems
from .model_templates import model_template_problems
from .plugins.problems import Unchecked, plugin_problems
from .profile import Profile
from .scenario import Scenario, ScenarioFile
from .scenario_errors import scenario_problems
from .scenario_tools import rehearsed_problems
from .schema import scenario_schema, schema
from .schema_errors import schema_problems
from .secret_errors import secret_problems
from .short_forms import conflicts, shortened
from .sounds import sound_problems
from .telephone_errors import telephone_problems
from .tool_conflicts import tool_conflicts
from .tool_problems import tool_problems
from .unset_variables import unset_problems
from .variable_errors import variable_problems
from .yaml_source import Source, parse, read, read_bytes

__all__ = ["Checked", "InvalidProfile", "examine_bytes", "examine_file", "examine_text", "load"]

# The line by which an editor knows the schema of a file.
_MODELINE = re.compile(r"^#\s*yaml-language-server:\s*\$schema=(\S+)", re.MULTILINE)
_Kind: TypeAlias = Literal["profile", "scenario file", "shared part"]
_KINDS: dict[str, _Kind] = {
    "profile.schema.json": "profile",
    "rehearsal.schema.json": "scenario file",
}
_NEEDS: dict[_Kind, tuple[str, ...]] = {
    "profile": (),
    "scenario file": ("a rehearsal",),
    "shared part": ("one key of a profile",),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read, and what is wrong with it.

    `profile` is None where one of these is an error, `scenarios` as well in a scenario file, and
    both in a part that profiles share.
    """

    profile: Profile | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    source: Source | None = None
    kind: _Kind = "profile"
    scenarios: tuple[Scenario, ...] | None = None
    unchecked: tuple[Unchecked, ...] = ()
    """The options of plugins in a valid profile of which nothing can tell whether they are fine."""

    def __post_init__(self) -> None:
        """Hide the secrets that are written into the file from whoever is shown what is wrong."""
        if self.source and self.diagnostics:
            diagnostics, sources = hide(self.diagnostics, self.source)
            object.__setattr__(self, "diagnostics", diagnostics)
            object.__setattr__(self, "sources", sources)


def load(path: str | Path) -> Profile:
    """Return the profile in a file; raise InvalidProfile with everything that is wrong with it."""
    checked = examine_file(path)
    if checked.profile is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    return checked.profile


def examine_file(path: str | Path) -> Checked:
    """Return the profile in a file, with what is wrong with it; warnings are lint's."""
    try:
        text = read(path)
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    return examine_text(text, path)


def examine_bytes(raw: bytes, path: str | Path, name: str | None = None) -> Checked:
    """Return the profile in these bytes, with the errors they would have in the file `path`."""
    try:
        text = read_bytes(raw, str(path))
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    return examine_text(text, path, name)


def examine_text(text: str, path: str | Path, name: str | None = None) -> Checked:
    """Return the profile in this text, with the errors it would have in the file `path`.

    A profile that does not say what it is called has the name, or else that of the file.
    """
    name, kind = name or Path(path).stem, "shared part" if is_part(path) else _named_kind(text)
    kind = kind or "profile"
    try:
        source = parse(text, str(path), *_NEEDS[kind])
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources, kind=kind)
    if is_scenario_file(source):
        return Checked(None, (_no_profile(source),), source.texts, source)
    source = assembled(source)
    if kind == "shared part":
        return Checked(None, (_part_alone(source),), source.texts, source, kind)
    errors = _all(source, [*_name_problems(source, name), *_found(source)])
    profile = None if errors else _decoded(source, name)
    return Checked(profile, tuple(sorted(errors)), source.texts, source)


def _found(source: Source, *, incomplete: bool = False) -> Iterator[Diagnostic]:
    yield from schema_problems(source, incomplete=incomplete)
    yield from conflicts(source)
    yield from model_problems(source)
    yield from secret_problems(source, incomplete=incomplete)
    yield from http_problems(source)
    yield from plugin_problems(source)
    yield from tool_problems(source)
    yield from tool_conflicts(source)
    yield from scenario_problems(source)
    yield from mcp_problems(source)
    yield from history_problems(source)
    yield from telephone_problems(source)
    yield from agent_problems(source, incomplete=incomplete)
    yield from agent_conflicts(source)
    yield from field_problems(source, incomplete=incomplete)
    if not incomplete:
        # Tools may be in the profile, whichever part of it has the calls.
        yield from rehearsed_problems(source, source.data)
        # Sounds are beside the profile, whichever part of it names them.
        yield from sound_problems(source)
        yield from variable_problems(source)
        yield from unset_problems(source)
        yield from menu_problems(source)
        yield from model_template_problems(source)


def _decoded(source: Source, name: str) -> Profile:
    files = [Path(source.path), *map(Path, source.parts)]
    data = with_variables(with_fields(with_texts(source, shortened(source.data))))
    return decode(Profile, {"name": name, **data, "path": files[0], "files": files})


def load_scenarios(path: str | Path, profile: Profile | None = None) -> tuple[Scenario, ...]:
    """Return the scenarios in a file; raise InvalidProfile with everything wrong with it.

    With the `profile` that they are played to, what it has no variables or tools for is wrong too.
    """
    source = parse(read(path), str(path), *_NEEDS["scenario file"])
    checked = examine_scenarios(source)
    if checked.scenarios is not None and profile is not None and profile.path:
        of_profile = examine_file(profile.path).source
        found = rehearsed_problems(source, of_profile.data if of_profile else None)
        if misfits := tuple(sorted(found)):
            raise InvalidProfile(misfits, source.texts)
    if checked.scenarios is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    return checked.scenarios


def examine_scenarios(source: Source) -> Checked:
    """Return the scenarios in a file that has nothing else, with what is wrong with them."""
    rules = scenario_schema()
    errors = _all(
        source,
        [
            *schema_problems(source, rules),
            *secret_problems(source, rules),
            *scenario_problems(source),
        ],
    )
    scenarios = None if errors else decode(ScenarioFile, source.data).rehearsal
    return Checked(None, tuple(sorted(errors)), source.texts, source, "scenario file", scenarios)


def examine_part(source: Source) -> Checked:
    """Return a part that profiles share with its own mistakes; what it lacks is none."""
    errors = tuple(sorted(_all(source, _found(source, incomplete=True))))
    return Checked(None, errors, source.texts, source, "shared part")


def is_scenario_file(source: Source) -> bool:
    """Tell whether a file has scenarios alone: by the schema it names, or else by its one key."""
    if source.parts or is_part(source.path):
        return False
    if named := _named_kind(source.text):
        return named == "scenario file"
    return isinstance(source.data, dict) and [*source.data] == ["rehearsal"]


def _part_alone(source: Source) -> Diagnostic:
    message = 'a file whose name begins with "_" is a part that profiles share, and is no profile'
    hint = f'name a profile that extends it, with a line "extends: {Path(source.path).name}"'
    return source.at(source.value([]).start_mark.index, "missing-key", message, hint)


def _no_profile(source: Source) -> Diagnostic:
    message = "this is a scenario file, and a profile is needed"
    hint = "name a profile, and play the calls to it: rehearse PROFILE --scenarios FILE"
    return source.at(source.value([]).start_mark.index, "missing-key", message, hint)


def _named_kind(text: str) -> _Kind | None:
    """Return what a file is by the schema that it names for editors; None if it names none."""
    named = _MODELINE.search(text)
    return _KINDS.get(re.split(r"[/\\]", named[1])[-1]) if named else None


def _all(source: Source, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the problems of the YAML, and those that were found in what it says."""
    # A place that is wrong as YAML would only be reported again for what YAML made of it.
    places = {(problem.path, problem.line, problem.column) for problem in source.problems}
    new = (each for each in found if (each.path, each.line, each.column) not in places)
    # The source of a plugin forbids what the schema may forbid as well, with a hint of its own.
    once: dict[tuple[object, ...], Diagnostic] = {}
    for each in new:
        once.setdefault((each.path, each.line, each.column, each.message), each)
    return [*source.problems, *once.values()]


def _name_problems(source: Source, stem: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with the file's name where the profile goes by it."""
    if not isinstance(source.data, dict) or "name" in source.data:
        return
    rule = schema()["properties"]["name"]
    if len(stem) > rule["maxLength"] or not re.search(rule["pattern"], stem):
        message = f"the file's name, {quote(stem)}, cannot be the agent's name"
        hint = 'rename the file, or add a "name" of letters, digits, "-" and "_"'
        yield source.at(source.value([]).start_mark.index, "wrong-value", message, hint)
