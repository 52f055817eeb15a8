"""LiveKit's own published examples as profiles: each is valid, built as it is, and rehearsed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ROOT
from support.profiles import yaml_files

from voice_agent import load
from voice_agent.lint.check import check_file
from voice_agent.rehearsal import runner
from voice_agent.rehearsal.results import CallResult

RECIPES = {path.stem: ROOT / path for path in yaml_files("tests/recipes")}


@pytest.fixture(scope="module")
def calls() -> Iterator[dict[str, tuple[CallResult, ...]]]:
    """The calls that stand in the recipes, made side by side, by the names of the recipes."""
    profiles = {name: load(path) for name, path in RECIPES.items()}
    with runner.stage(runner.default_jobs()) as stage:
        parts = [
            (profile, stage.plan(profile, profile.rehearsal, Path(), {profile.rehearsal[0].name}))
            for profile in profiles.values()
        ]
        rehearsals = stage.rehearse(parts, lambda *_: None)
    yield {name: each.calls for name, each in zip(profiles, rehearsals, strict=True)}
