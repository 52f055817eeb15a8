"""Whatever stands in a profile with tools and agents, in place of what should, is explained."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ROOT
from support.profiles import yaml_files

from voice_agent.format.yaml_source import parse
from voice_agent.lint.check import check_text


def of_agents(path: Path) -> bool:
    """Tell whether a profile has agents."""
    return "\nagents:" in (ROOT / path).read_text("utf-8")


BAD = yaml_files("tests/invalid", "tests/warnings")
WITH_TOOLS = yaml_files("tests/recipes", "profiles")
WITH_TOOLS += [path for path in BAD if "tool" in path.stem]
WITH_AGENTS = [path for path in BAD if "agent" in path.stem or "handoff" in path.stem]
WITH_AGENTS += [path for path in yaml_files("tests/warnings", "tests/graphs") if of_agents(path)]
WITH_AGENTS += [ROOT / "tests" / "valid" / "agents.yaml"]
ANYTHING: list[Any] = [
    *(None, True, 3, 2.5, "x", "", [], {}, "{{ x }}", "POST", "("),
    *(["a", {"b": 1}], {"a": None}, [[["q"]]], {"type": "object", "properties": {}}, {"1": [None]}),
]
KEYS = ["endCall", "hangup", "timeoutSeconds", "value", "*", "a b"]


def places(data: Any, *where: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in nested data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*where, key)
        if isinstance(value, dict | list):
            yield from places(value, *where, key)


def changed(data: Any, chance: random.Random) -> Any:
    """Return nested data with something else in one place, or one key more or less."""
    data = copy.deepcopy(data)
    *above, last = chance.choice([*places(data)])
    parent = data
    for key in above:
        parent = parent[key]
    what = chance.random()
    if what < 0.7:
        parent[last] = copy.deepcopy(chance.choice(ANYTHING))
    elif what < 0.85 or not isinstance(parent, dict):
        del parent[last]
    else:
        parent[chance.choice(KEYS)] = copy.deepcopy(chance.choice(ANYTHING))
    return data


@pytest.mark.parametrize("paths", [WITH_TOOLS, WITH_AGENTS], ids=["tools", "agents"])
@pytest.mark.parametrize("seed", range(5))
def test_whatever_stands_in_a_profile_with_tools_or_agents_is_explained(
    seed: int, paths: list[Path]
) -> None:
    chance = random.Random(seed)
    profiles = [parse((ROOT / path).read_text("utf-8"), str(path)).data for path in paths]
    for _ in range(60):
        data = chance.choice(profiles)
        for _ in range(chance.randint(1, 4)):
            data = changed(data, chance)
        text = json.dumps(data, ensure_ascii=False)
        found = check_text(text, "desk.yaml")
        assert found.profile or found.diagnostics, text
