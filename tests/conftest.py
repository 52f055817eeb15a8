"""What the tests share: a clean environment, and the program run as an operator runs it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from voice_agent.standin.process import Standin

ROOT = Path(__file__).parent.parent

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


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a new user, and `variables`; an empty one is not set."""
    return {name: value for name, value in {**os.environ, **variables}.items() if value}


# Measuring coverage takes time and memory, and imports, that the program itself does not.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}


@pytest.fixture
def run() -> Run:
    """Run `python agent.py WORDS…` to its end."""

    def run_agent(
        *words: str, stdin: str = "", cwd: Path = ROOT, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "agent.py"), *words],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=environment(**variables),
            timeout=120,
        )

    return run_agent


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *words: str, **variables: str) -> None:
        self._screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "agent.py"), *words],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=ROOT,
            env=environment(**variables),
            start_new_session=True,
            # Of a session's own terminal, Ctrl-C reaches every process.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(terminal)
        self.shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._screen)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._screen, text.encode())

    def read(self, seconds: float = 0) -> bool:
        """Read what comes onto the screen within this time; False once the program has left it."""
        ready, _, _ = select.select([self._screen], [], [], max(0, seconds))
        try:
            new = os.read(self._screen, 65536).decode(errors="replace") if ready else ""
        except OSError:
            return False
        self.shown += new
        return True

    def until(self, pattern: str, within: float = 90) -> None:
        """Read the screen until `pattern` is on it."""
        deadline = time.monotonic() + within
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, f"{pattern} was not shown, but:\n{self.shown}"
            if not self.read(deadline - time.monotonic()):
                break
        assert re.search(pattern, self.shown), self.shown

    def end(self) -> int:
        """Read to the end of the program, and return its exit code."""
        deadline = time.monotonic() + 60
        while self.read(deadline - time.monotonic()) and time.monotonic() < deadline:
            pass
        return self.process.wait(10)


Golden = Callable[[Path, str], None]


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
