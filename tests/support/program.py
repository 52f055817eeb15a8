"""The program as an operator runs it: to its end, behind pipes, or on a terminal."""

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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from . import ROOT

AGENT = (sys.executable, str(ROOT / "agent.py"))
# Measuring coverage takes time and memory, and imports, that the program itself does not.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a new user, and `variables`; an empty one is not set."""
    return {name: value for name, value in {**os.environ, **variables}.items() if value}


def run_agent(
    *words: str, stdin: str | IO[str] = "", cwd: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `python agent.py WORDS…` to its end."""
    return run_command([*AGENT, *words], stdin=stdin, cwd=cwd, **variables)


def run_python(
    code: str, *words: str, cwd: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own to its end."""
    return run_command([sys.executable, "-c", code, *words], cwd=cwd, **variables)


def run_command(
    command: Sequence[str], *, stdin: str | IO[str] = "", cwd: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with text or an open file as its standard input."""
    given: dict[str, Any] = {"input" if isinstance(stdin, str) else "stdin": stdin}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=120,
        **given,
    )


def start_agent(*words: str, stdin: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start `python agent.py WORDS…` with pipes as its input and output."""
    return subprocess.Popen(
        [*AGENT, *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *words: str, **variables: str) -> None:
        self._screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [*AGENT, *words],
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


def eventually(condition: Callable[[], bool], within: float = 15) -> bool:
    """Ask again and again, for so many seconds, and return whether it came true."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may still have its number."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def die() -> None:
    """End this process at once, as a lack of memory does."""
    os._exit(9)
