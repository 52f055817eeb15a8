"""Profiles for the tests: the least that can take a call, as text and as an object."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from voice_agent import InvalidProfile, Profile
from voice_agent.format.loader import examine_text

from . import ROOT

MINIMAL = (ROOT / "tests" / "valid" / "least.yaml").read_text("utf-8")
# Without the line of the instructions, which is the first.
MODELS = MINIMAL.partition("\n")[2]


def make_profile(name: str = "desk", **keys: Any) -> Profile:
    """Load the minimal profile with these keys, as an operator would write them, set.

    One that is None is left out.
    """
    wanted = {**yaml.safe_load(MINIMAL), **keys}
    written = {key: value for key, value in wanted.items() if value is not None}
    checked = examine_text(json.dumps(written), "desk.yaml", name)
    if checked.profile is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    return replace(checked.profile, path=None)  # there is no such file to quote lines of


def write_profile(path: Path, text: str = MINIMAL) -> Path:
    """Write a profile to a file, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def yaml_files(*folders: str) -> list[Path]:
    """Return the YAML files in folders of the project, as paths from its root."""
    found = (path for folder in folders for path in (ROOT / folder).glob("*.yaml"))
    return sorted(path.relative_to(ROOT) for path in found)
