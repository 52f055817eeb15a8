"""What pytest does before and around the tests: a clean environment, workers, and fixtures."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from support import ROOT, Golden
from support.program import Run, run_agent
from xdist.scheduler import LoadScopeScheduling

from voice_agent.commands import main as commands
from voice_agent.format import catalog
from voice_agent.runtime import offline as offline_models
from voice_agent.runtime import redaction
from voice_agent.standin import llm
from voice_agent.standin.process import Standin

# A plugin that is there for tests alone, and is no part of the sources of LiveKit's.
sys.path.append(str(ROOT / "tests" / "plugins"))

_OURS = ("LIVEKIT_", "AGENT_", "OFFLINE_")

for variable in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[variable]

# Calls keep real time. They begin first, in two workers, and the third steps back.
_WORKERS = 3
_WORKERS_WITH_CALLS = 2
_STEP_BACK = 10  # niceness


def _is_call(item: pytest.Item) -> bool:
    return item.get_closest_marker("calls") is not None


@cache
def _files_with_calls() -> list[str]:
    # Who gives tests to workers sees their names only, and none of their markers.
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    return [file.name for file in files if "pytest.mark.calls" in file.read_text("utf-8")]


class _CallsApart(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0]).name
        if file not in _files_with_calls():
            return file
        return f"calls {_files_with_calls().index(file) % _WORKERS_WITH_CALLS}"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers run the tests; without calls none, which suits a debugger."""
    return 0 if config.option.markexpr == "not calls" else _WORKERS


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give a worker whole files, and the files with calls to two workers only."""
    return _CallsApart(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the calls first."""
    items.sort(key=lambda item: not _is_call(item))


def pytest_collection_finish() -> None:
    """Have the collector of garbage pass over what lives until the last test, which saves time."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave the processor to the calls of another worker."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    if not alone and not _is_call(item) and os.nice(0) < _STEP_BACK:
        os.nice(_STEP_BACK)


@pytest.fixture(autouse=True)
def nothing_private() -> None:
    """Hide nothing that was private in the test before."""
    redaction.forget()


@pytest.fixture
def run() -> Run:
    """Run `python agent.py WORDS…` to its end."""
    return run_agent


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program as `run` does, but in this process, which imports LiveKit only once."""

    def run_agent_here(
        *words: str,
        stdin: str = "",
        cwd: Path = ROOT,
        program: str = "agent.py",
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        log, level = logging.root.handlers[:], logging.root.level
        with (
            tempfile.TemporaryFile("w+") as typed,
            mock.patch.dict(os.environ, variables),
            monkeypatch.context() as patch,
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", DeprecationWarning)  # as outside of tests
            typed.write(stdin)
            typed.seek(0)
            patch.setattr(sys, "stdin", typed)
            # LiveKit asks it how the program was started.
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            patch.setattr(sys, "argv", [program, *words])
            patch.chdir(cwd)
            capsys.readouterr()
            try:
                code = commands.main()
            except SystemExit as ended:
                code = int(ended.code or 0)
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)
                logging.root.handlers[:] = log
                logging.root.setLevel(level)
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run_agent_here


@pytest.fixture
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work at the root of the project, as diagnostics show a path as it was given."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, in which `profiles` is the folder of profiles."""
    monkeypatch.setattr(catalog, "SHIPPED", None)
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
def fast_llm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a stand-in in this process write its answers without a pause between the words."""
    monkeypatch.setattr(llm, "_BETWEEN_WORDS", 0.0)


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
    """Send LiveKit's clients in this process to the stand-in, each with the options it has online.

    With AGENT_OFFLINE beside it, a profile's models are those that `--offline` has.
    """
    for name, value in standin.environment.items():
        if name != offline_models.VARIABLE:
            monkeypatch.setenv(name, value)
