"""A call as lines of text, for a pipe and for a transcript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from ...errors import UsageError
from ...runtime import redaction
from ...runtime.redaction import REDACTED
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

    `begin` returns what stands before each line. What callers keep private is not written; from
    when there is something of that kind, the agent's words are written once all are there.
    """

    def __init__(self, write: Callable[[str], None], begin: Callable[[], str] = str) -> None:
        self._write = write
        self._begin = begin
        self._speaking = False
        self._held = ""

    def show(self, event: Event) -> None:
        """Write what has happened, where it is something that was said."""
        match event:
            case AgentSays(text, is_private):
                start = "" if self._speaking else f"{self._begin()}Agent: "
                self._speaking = True
                if is_private or self._held == REDACTED:
                    self._held, text = REDACTED, ""
                elif redaction.is_needed():
                    self._held, text = self._held + text, ""
                self._write(start + _indented(text))
            case AgentStopped():
                self.end()
            case AgentCutOff():
                self.note("(The agent was cut off.)")
            case ToolActed(line):
                self.note(line)
            case CallerSaid(text, from_profile, is_private):
                text = REDACTED if is_private else redaction.without(text)
                self.note(f"You{' (from on_enter)' if from_profile else ''}: {text}")

    def note(self, text: str) -> None:
        """Write a line of its own."""
        self.end()
        self._write(f"{self._begin()}{_indented(text)}\n")

    def end(self) -> None:
        """End the line that the agent's words stand on."""
        if self._speaking:
            self._write(f"{_indented(redaction.without(self._held))}\n")
            self._speaking, self._held = False, ""


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
