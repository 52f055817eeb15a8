"""What pytest does before and around the tests: a clean environment, workers, and fixtures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Golden
from support.program import Run, run_agent
from xdist.scheduler import LoadScopeScheduling

from voice_agent.format import catalog
from voice_agent.standin.process import Standin

_OURS = ("LIVEKIT_", "AGENT_", "OFFLINE_")

for variable in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[variable]

# Files whose calls keep real time. They begin first, in two workers, and the other steps back.
CALLS = {
    "test_rehearsal_derived.py": "calls",
    "test_same_as_by_hand.py": "calls",
    "test_typed_text.py": "calls",
    "test_rehearsal_scenarios.py": "more calls",
    "test_rehearse_command.py": "more calls",
}
_STEP_BACK = 10  # niceness


class _CallsApart(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return CALLS.get(Path(file).name, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give a worker whole files, and all files with calls that go together."""
    return _CallsApart(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the calls first."""
    items.sort(key=lambda item: item.path.name not in CALLS)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave the processor to the calls of another worker."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    if not alone and item.path.name not in CALLS and os.nice(0) < _STEP_BACK:
        os.nice(_STEP_BACK)


@pytest.fixture
def run() -> Run:
    """Run `python agent.py WORDS…` to its end."""
    return run_agent


@pytest.fixture
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work at the root of the project, as diagnostics show a path as it was given."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, in which `profiles` is the folder of profiles."""
    monkeypatch.setattr(catalog, "PROFILES", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a developer may ask of the tests."""
    parser.addoption(
        "--update",
        action="store_true",
        help="Write the files of expected output anew, for review in the diff.",
    )


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Golden:
    """Compare output with a file of expected output; with --update, write that file first."""

    def compare(path: Path, said: str) -> None:
        if pytestconfig.getoption("update"):
            path.write_bytes(said.encode())
        assert path.exists(), f"There is no {path}. Write it: pytest --update"
        # As bytes, because reading text would take every kind of line end for the same.
        assert said == path.read_bytes().decode(), f"If {path} is what is wrong: pytest --update"

    return compare


@pytest.fixture(scope="session")
def standin() -> Iterator[Standin]:
    """The stand-in in a process of its own, shared by the tests of one worker."""
    with Standin() as running:
        yield running


@pytest.fixture
def offline(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send LiveKit's clients in this process to the stand-in."""
    for name, value in standin.environment.items():
        monkeypatch.setenv(name, value)
