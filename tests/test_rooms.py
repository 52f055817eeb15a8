"""The rooms of the package import downwards only, and no module imports in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from support import ROOT

PACKAGE = ROOT / "voice_agent"

# What each room may import beside itself; "errors" is a module, the ground that all stand on.
MAY_IMPORT = {
    "commands": {"rehearsal", "runtime", "standin", "lint", "format", "errors", "version"},
    "rehearsal": {"runtime", "standin", "lint", "format", "errors", "version"},
    "runtime": {"format", "errors"},
    "lint": {"format", "errors"},
    "standin": {"errors"},
    "format": {"errors"},
    "errors": set(),
    "version": set(),
    # The package's own surface.
    "__init__": {"format"},
    "build": {"runtime"},
}
MAY_IMPORT_LIVEKIT = {"runtime", "rehearsal"}


class Import(NamedTuple):
    """One import statement: the module it is in, what it imports, and where it stands."""

    module: str
    target: str
    place: str


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("voice_agent", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = _modules()


def imports_of(module: str, path: Path) -> Iterator[Import]:
    """Yield every import in a file, those inside functions and for type checkers too."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(module, name.name, place)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level])
            whole = ".".join(filter(None, [base if node.level else "", node.module or ""]))
            for name in node.names:
                inner = f"{whole}.{name.name}"
                yield Import(module, inner if inner in MODULES else whole, place)


@cache
def every_import() -> list[Import]:
    """Return every import in the package."""
    return [each for module, path in MODULES.items() for each in imports_of(module, path)]


def room(module: str) -> str:
    """Return the room that a module of the package is in, or its own name at the top."""
    return module.split(".")[1] if "." in module else "__init__"


def upward(found: list[Import]) -> list[str]:
    """Return the imports that reach up or sideways, as sentences."""
    return [
        f"{each.place}: {room(each.module)} must not import {each.target}"
        for each in found
        if each.target.split(".")[0] == "voice_agent"
        and room(each.target) != room(each.module)
        and room(each.target) not in MAY_IMPORT[room(each.module)]
    ]


def circle(found: list[Import]) -> list[str]:
    """Return the modules of one circle, first and last the same; none where there is none."""
    graph: dict[str, set[str]] = {}
    for each in found:
        if each.target in MODULES and each.target != each.module:
            graph.setdefault(each.module, set()).add(each.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_is_known() -> None:
    assert {room(module) for module in MODULES} == set(MAY_IMPORT)


def test_no_room_imports_upwards_or_sideways() -> None:
    assert upward(every_import()) == []


def test_no_module_imports_in_a_circle() -> None:
    assert circle(every_import()) == []


def test_livekit_is_imported_where_calls_are_made_only() -> None:
    elsewhere = [
        f"{each.place}: {room(each.module)} must not import {each.target}"
        for each in every_import()
        if each.target.split(".")[0] == "livekit" and room(each.module) not in MAY_IMPORT_LIVEKIT
    ]
    assert elsewhere == []


def test_what_only_tests_ask_of_the_stand_in_is_imported_nowhere_else() -> None:
    apart = "voice_agent.standin.testing"
    users = {each.module for each in every_import() if each.target.startswith(apart)}
    assert {user for user in users if not user.startswith(apart)} == set()
    assert users


def test_an_import_that_points_up_is_named_with_its_line(tmp_path: Path) -> None:
    path = PACKAGE / "format" / "schema.py"
    [found] = upward([Import("voice_agent.format.schema", "voice_agent.lint.rules", f"{path}:7")])
    assert found == f"{path}:7: format must not import voice_agent.lint.rules"


def test_a_circle_is_named_with_its_modules() -> None:
    there = Import("voice_agent.errors", "voice_agent.build", "")
    back = Import("voice_agent.build", "voice_agent.errors", "")
    assert set(circle([there, back])) == {"voice_agent.errors", "voice_agent.build"}
