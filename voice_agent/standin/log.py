"""The stand-in's log: its errors, and what its processes write to stderr."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from pathlib import Path

logger = logging.getLogger("voice_agent.standin")


class AlreadyLogged(Exception):
    """An error that was logged where it was found."""


class Log:
    """What a process writes to stderr: dropped when it ends, unless `keep` is called before."""

    def __init__(self) -> None:
        # Several processes write to it, each at its end.
        self.file = tempfile.TemporaryFile("a+b")  # noqa: SIM115
        """The file for the child process to write to."""
        self._kept: Path | None = None
        self._lock = threading.Lock()

    @property
    def last_line(self) -> str:
        """The last line that was written."""
        return self._read().decode(errors="replace").strip().rpartition("\n")[2]

    def keep(self) -> str:
        """Keep what was written; return a sentence on where, or "" if nothing was."""
        try:
            with self._lock:
                return self._keep()
        except OSError as error:
            return f"Its log cannot be kept: {error.strerror}."

    def close(self) -> None:
        """Drop what was written, or bring the file that is kept up to date."""
        if self._kept:
            self.keep()
        self.file.close()

    def _keep(self) -> str:
        if not self.file.closed and (text := self._read()):
            if self._kept is None:
                descriptor, name = tempfile.mkstemp(prefix="voice-agent-standin-", suffix=".log")
                os.close(descriptor)
                self._kept = Path(name)
            self._kept.write_bytes(text)
        return f"Its log is kept in {self._kept}." if self._kept else ""

    def _read(self) -> bytes:
        descriptor = self.file.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
