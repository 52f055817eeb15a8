"""A call as lines of text, for a pipe and for a transcript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from ...errors import UsageError
from ...runtime.text_call import (
    AgentCutOff,
    AgentSays,
    AgentStopped,
    CallerSaid,
    Event,
    ToolActed,
)


class Plain:
    """Writes what is said in a call, a line for each turn, and the agent's word by word.

    `begin` returns what stands before each line.
    """

    def __init__(self, write: Callable[[str], None], begin: Callable[[], str] = str) -> None:
        self._write = write
        self._begin = begin
        self._speaking = False

    def show(self, event: Event) -> None:
        """Write what has happened, where it is something that was said."""
        match event:
            case AgentSays(text):
                start = "" if self._speaking else f"{self._begin()}Agent: "
                self._speaking = True
                self._write(start + _indented(text))
            case AgentStopped():
                self.end()
            case AgentCutOff():
                self.note("(The agent was cut off.)")
            case ToolActed(line):
                self.note(line)
            case CallerSaid(text, from_profile):
                self.note(f"You{' (from on_enter)' if from_profile else ''}: {text}")

    def note(self, text: str) -> None:
        """Write a line of its own."""
        self.end()
        self._write(f"{self._begin()}{_indented(text)}\n")

    def end(self) -> None:
        """End the line that the agent's words stand on."""
        if self._speaking:
            self._speaking = False
            self._write("\n")


class Transcript:
    """The file that keeps a call, and everything in it as soon as it is said."""

    def __init__(self, path: Path, profile: str) -> None:
        """Begin a call in a file, after those that are in it; raise UsageError if it cannot be."""
        try:
            # Without a buffer, so that what was said is kept whatever becomes of the program.
            self._file = path.open("ab", buffering=0)
            parted = "\n" if self._file.seekable() and self._file.tell() else ""
            now = datetime.now(timezone.utc).astimezone().isoformat(" ", "seconds")
            self._file.write(f"{parted}Call with {profile}, {now}\n".encode())
        except OSError as error:
            raise UsageError(_cannot_be_written(path, error)) from None
        self._path = path
        self._lines = Plain(self._write, _time)
        self._failed = ""

    def show(self, event: Event) -> None:
        """Keep what has happened, where it is something that was said."""
        self._lines.show(event)

    def note(self, text: str) -> None:
        """Keep a sentence about the call."""
        self._lines.note(text)

    def failure(self) -> str:
        """Return, once, a sentence on why nothing is kept any more; "" while all is well."""
        failed, self._failed = self._failed, ""
        return failed

    def __enter__(self) -> Transcript:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.end()
        self._file.close()

    def _write(self, text: str) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(text.encode())
        except OSError as error:
            self._file.close()
            self._failed = _cannot_be_written(self._path, error)


def _cannot_be_written(path: Path, error: OSError) -> str:
    return f"The transcript {path} cannot be written: {error.strerror}. Name another file."


def _time() -> str:
    return f"{datetime.now(timezone.utc).astimezone():%H:%M:%S} "


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
