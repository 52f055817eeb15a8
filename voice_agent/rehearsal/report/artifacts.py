"""Writes rehearsals into a folder: recordings, events and reports."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from ...errors import UsageError
from ..results import CallResult, Rehearsal
from . import html, junit


def prepare(folder: Path) -> None:
    """Make `folder`, before any call is made; raise UsageError if it cannot be written."""
    with _in_sentences(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def write(rehearsals: Sequence[Rehearsal], folder: Path) -> tuple[Rehearsal, ...]:
    """Write each rehearsal into a folder of its own within `folder`, over earlier files.

    Return the rehearsals with the paths of the recordings there. Raise UsageError if the folder
    cannot be written.
    """
    with _in_sentences(folder):
        folder.mkdir(parents=True, exist_ok=True)
        names = _file_names(rehearsal.profile for rehearsal in rehearsals)
        return tuple(
            _write(rehearsal, folder / name)
            for name, rehearsal in zip(names, rehearsals, strict=True)
        )


@contextmanager
def _in_sentences(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{error.filename} is a file; --out wants a folder.") from None
    except OSError as error:
        where = error.filename or folder
        raise UsageError(f"{where} cannot be written: {error.strerror}.") from None


def _write(rehearsal: Rehearsal, folder: Path) -> Rehearsal:
    folder.mkdir(exist_ok=True)
    names = _file_names(call.name for call in rehearsal.calls)
    calls = [
        _recorded(call, folder / f"{name}.wav")
        for name, call in zip(names, rehearsal.calls, strict=True)
    ]
    kept = replace(rehearsal, calls=tuple(calls))
    # Beside the recordings, these are found without the folder's own path.
    beside = [
        replace(call, recording=call.recording and Path(call.recording.name)) for call in calls
    ]
    files = {
        "rehearsal.json": html.as_json([replace(kept, calls=tuple(beside))]),
        "events.jsonl": "".join(_events(kept)),
        "junit.xml": junit.render(kept),
        "report.html": html.html(kept),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return kept


def _recorded(call: CallResult, path: Path) -> CallResult:
    if call.recording is None:
        return call
    if call.recording.resolve() != path.resolve():
        shutil.copyfile(call.recording, path)
    return replace(call, recording=path)


def _events(rehearsal: Rehearsal) -> Iterable[str]:
    for call in rehearsal.calls:
        for event in call.events:
            line = {"call": call.name, **asdict(event)}
            yield json.dumps(line, ensure_ascii=False) + "\n"


def _file_names(names: Iterable[str]) -> list[str]:
    """Return different names that any file system takes, in the order of `names`."""
    taken: list[str] = []
    for name in names:
        safe = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80].strip("-") or "unnamed"
        while safe in taken:
            stem, _, number = safe.rpartition("-")
            safe = f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{safe}-2"
        taken.append(safe)
    return taken
