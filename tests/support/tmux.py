"""The program in a window of tmux, which shows what an operator sees and takes their keys."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from . import ROOT
from .parts import TMUX
from .program import AGENT, environment, eventually


class Window:
    """The program on a terminal of so many columns and rows, after a row of a shell's.

    A shell follows it, too.
    """

    def __init__(
        self, *words: str, columns: int = 80, rows: int = 24, cwd: Path = ROOT, **variables: str
    ) -> None:
        self._tmux = TMUX.path()
        self._folder = tempfile.TemporaryDirectory()
        self._socket = str(Path(self._folder.name) / "tmux")
        size = ("-x", str(columns), "-y", str(rows))
        variables = environment(LANG="C.UTF-8", **variables)
        # tmux takes what is erased from the first row on for a screen to keep.
        command = f"echo '$ agent.py'; {shlex.join([*AGENT, *words])}; echo status=$?; exec sh"
        self._run("-f", "/dev/null", "new-session", "-d", *size, command, cwd=cwd, env=variables)
        # Otherwise it has the size of the terminal that looks at it, and there is none.
        self._run("set-option", "-g", "window-size", "manual")

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        for each in psutil.Process(self.shell).children(recursive=True):
            each.kill()
        self._run("kill-server")
        self._folder.cleanup()

    @property
    def shell(self) -> int:
        """The process id of the shell."""
        return int(self._run("display-message", "-p", "#{pane_pid}"))

    @property
    def program(self) -> psutil.Process:
        """The program."""
        return next(
            each
            for each in psutil.Process(self.shell).children()
            if "agent.py" in " ".join(each.cmdline())
        )

    @property
    def screen(self) -> str:
        """What the screen shows, without blanks at the ends of its rows."""
        return self._run("capture-pane", "-p").rstrip("\n")

    @property
    def rows(self) -> list[str]:
        """The rows of the screen."""
        return self.screen.split("\n")

    @property
    def talk(self) -> str:
        """What the screen and all above it show, with rows that wrap as one."""
        return " ".join(self._run("capture-pane", "-p", "-S", "-").split())

    def type(self, text: str) -> None:
        """Press the keys of a text; a newline is Enter."""
        for line in text.splitlines(keepends=True):
            if line.rstrip("\n"):
                self._run("send-keys", "-l", "--", line.rstrip("\n"))
            if line.endswith("\n"):
                self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by their names in tmux, such as C-a."""
        self._run("send-keys", *keys)

    def paste(self, text: str) -> None:
        """Paste a text as a terminal does."""
        self._run("set-buffer", "--", text)
        self._run("paste-buffer", "-p", "-r")

    def resize(self, columns: int, rows: int = 24) -> None:
        """Give the window another size."""
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def until(self, shown: str | Callable[[], bool], within: float = 90) -> None:
        """Wait until the screen shows a text, or something is true."""
        is_true = shown if callable(shown) else lambda: shown in self.screen
        assert eventually(is_true, within), f"{shown} was not shown, but:\n{self.screen}"

    def end(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        self.until("\nstatus=")
        return int(self.screen.rpartition("\nstatus=")[2].split()[0])

    def _run(self, *words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
        shown = subprocess.run(
            [self._tmux, "-S", self._socket, *words],
            capture_output=True,
            text=True,
            check=True,
            cwd=cwd,
            env=env,
        )
        return shown.stdout
