"""Writes rehearsals into a folder: recordings, events and reports.

The folder has the files of one run. They are listed in `rehearsals.json`, so that the next run
replaces exactly these, and leaves alone whatever else lies there.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ...errors import UsageError
from ..results import CallResult, Rehearsal
from . import covered, html, junit

_LIST = "rehearsals.json"
_PAGE = "report.html"


def prepare(folder: Path, profiles: Iterable[str]) -> None:
    """Make `folder` for the rehearsals of these profiles, before any call is made.

    Raise UsageError if it cannot be written, or if files that no rehearsal wrote are in the way.
    """
    with _in_sentences(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        kept = _kept(folder)
        for path in (Path(name, text) for name in _file_names(profiles) for text in _TEXTS):
            if (folder / path).exists() and str(path) not in kept:
                raise _not_ours(folder / path)


def write(rehearsals: Sequence[Rehearsal], folder: Path) -> tuple[Rehearsal, ...]:
    """Write each rehearsal into a folder of its own within `folder`, in place of the run before.

    Return the rehearsals with the paths of the recordings there. Raise UsageError if the folder
    cannot be written, as `prepare` does.
    """
    prepare(folder, (rehearsal.profile for rehearsal in rehearsals))
    with _in_sentences(folder):
        before = _kept(folder)
        named = zip(_file_names(each.profile for each in rehearsals), rehearsals, strict=True)
        planned = [_planned(rehearsal, folder / name, before) for name, rehearsal in named]
        files = [str(path.relative_to(folder)) for each in planned for path in each.paths]
        # Whatever happens now, the next run knows which files are ours.
        _keep(folder, [*before, *files])
        written = tuple(_write(each) for each in planned)
        for name in set(before) - set(files):
            _remove(folder / name)
        _keep(folder, files)
    return written


def pages(rehearsals: Sequence[Rehearsal], folder: Path) -> list[Path]:
    """Return where `write` puts the page of each rehearsal."""
    return [folder / name / _PAGE for name in _file_names(each.profile for each in rehearsals)]


def _kept(folder: Path) -> list[str]:
    """Return the files that the run before has written into `folder`, as paths within it."""
    path = folder / _LIST
    if not path.exists():
        return []
    try:
        files = map(Path, json.loads(path.read_text("utf-8"))["files"])
        return [str(each) for each in files if _is_ours(each)]
    except (ValueError, LookupError, TypeError):
        raise _not_ours(path) from None


def _not_ours(path: Path) -> UsageError:
    return UsageError(
        f"{path} is not of a rehearsal, and is left alone; give --out another folder."
    )


def _is_ours(path: Path) -> bool:
    """Return whether a path is one that a run writes: a file in a folder of its own."""
    return len(path.parts) == 2 and ".." not in path.parts and not path.is_absolute()


def _keep(folder: Path, files: Sequence[str]) -> None:
    """List the files that are ours, for the next run and for programs."""
    text = json.dumps({"version": 1, "files": sorted(set(files))}, indent=2, ensure_ascii=False)
    (folder / _LIST).write_text(text + "\n", "utf-8")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):  # It is not empty: something else lies there.
        path.parent.rmdir()


@contextmanager
def _in_sentences(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{error.filename} is a file; --out wants a folder.") from None
    except OSError as error:
        where = error.filename or folder
        raise UsageError(f"{where} cannot be written: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A rehearsal, and the files that it is written into."""

    rehearsal: Rehearsal
    folder: Path
    recordings: tuple[Path | None, ...]
    """A path for each call; None where it has no recording."""

    @property
    def paths(self) -> list[Path]:
        """Every file of it."""
        return [self.folder / name for name in _TEXTS] + [path for path in self.recordings if path]


def _planned(rehearsal: Rehearsal, folder: Path, before: Sequence[str]) -> _Planned:
    ours = {Path(each).name for each in before if Path(each).parent.name == folder.name}
    others = {each.name for each in folder.iterdir()} - ours if folder.exists() else set()
    names = _file_names((call.name for call in rehearsal.calls), others, ".wav")
    paths = (
        folder / name if call.recording else None
        for name, call in zip(names, rehearsal.calls, strict=True)
    )
    return _Planned(rehearsal, folder, tuple(paths))


def _write(planned: _Planned) -> Rehearsal:
    planned.folder.mkdir(exist_ok=True)
    recorded = zip(planned.rehearsal.calls, planned.recordings, strict=True)
    calls = tuple(_recorded(call, path) for call, path in recorded)
    kept = replace(planned.rehearsal, calls=calls)
    for name, render in _TEXTS.items():
        text = render(kept)
        path = planned.folder / name
        path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return kept


def _json(rehearsal: Rehearsal) -> str:
    # Beside the recordings, these are found without the folder's own path.
    beside = (
        replace(call, recording=call.recording and Path(call.recording.name))
        for call in rehearsal.calls
    )
    return html.as_json([replace(rehearsal, calls=tuple(beside))])


def _recorded(call: CallResult, path: Path | None) -> CallResult:
    if call.recording is None or path is None:
        return call
    if call.recording.resolve() != path.resolve():
        shutil.copyfile(call.recording, path)
    return replace(call, recording=path)


def _events(rehearsal: Rehearsal) -> str:
    lines = []
    for call in rehearsal.calls:
        for event in call.events:
            said = {key: each for key, each in asdict(event).items() if each not in (None, "", {})}
            line = {"call": call.name, "at": event.at, "name": event.name, "text": "", **said}
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines)


_TEXTS: Mapping[str, Callable[[Rehearsal], str]] = {
    "rehearsal.json": _json,
    "events.jsonl": _events,
    "junit.xml": junit.render,
    "coverage.sarif": lambda rehearsal: covered.as_sarif([rehearsal]),
    _PAGE: html.html,
}


def _file_names(names: Iterable[str], others: Iterable[str] = (), ending: str = "") -> list[str]:
    """Return different names with this ending that any file system takes, in the order of `names`.

    None of them is the name of another file.
    """
    taken = list(others)
    given = []
    for name in names:
        safe = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80].strip("-") or "unnamed"
        while f"{safe}{ending}" in taken:
            stem, _, number = safe.rpartition("-")
            safe = f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{safe}-2"
        given.append(f"{safe}{ending}")
        taken.append(given[-1])
    return given
