"""What the tests share: a clean environment, and the program run as an operator runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voice_agent.standin.process import Standin

ROOT = Path(__file__).parent.parent

_OURS = ("LIVEKIT_", "AGENT_", "OFFLINE_")

for variable in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[variable]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a new user, and `variables`."""
    return {**os.environ, **variables}


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
