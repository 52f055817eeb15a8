"""The formats of `validate`: for a terminal, for programs, for GitHub, and SARIF."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..format import sarif
from ..format.diagnostics import KINDS, WARNINGS, Diagnostic, render
from ..format.loader import Checked
from ..format.needs import INFERENCE, variables
from ..format.plugins.problems import Unchecked

_MOST_UNCHECKED = 3  # named in one line


class Report:
    """Collects the diagnostics of file after file, and counts them."""

    def __init__(self, *, strict: bool, quiet: bool) -> None:
        self.strict, self.quiet = strict, quiet
        self.files: Counter[str] = Counter()
        self.found: list[Diagnostic] = []
        self.needs: dict[tuple[Path | None, str], list[str]] = {}
        self.unchecked: list[Unchecked] = []
        self._counts: Counter[str] = Counter()
        self._seen: set[Diagnostic] = set()

    @property
    def problems(self) -> int:
        """How many errors there are, and with `strict` how many errors and warnings."""
        return self._counts["error"] + (self._counts["warning"] if self.strict else 0)

    @property
    def warnings(self) -> int:
        """How many warnings there are that do not count as problems."""
        return 0 if self.strict else self._counts["warning"]

    def add(self, checked: Checked) -> None:
        """Add the diagnostics of one file."""
        self.files[checked.kind] += 1
        if checked.profile:
            self.needs[checked.profile.path, checked.profile.name] = variables(checked.profile)
        # What is wrong with a file that several profiles extend is said once.
        new = [each for each in checked.diagnostics if each not in self._seen]
        self._seen.update(new)
        self._counts.update(each.severity for each in new)
        self.found += new
        self.unchecked += checked.unchecked

    def end(self) -> None:
        """Print what cannot be printed before the last file was added."""


class Text(Report):
    """For people: every problem with its source line, and at the end how many there are."""

    def add(self, checked: Checked) -> None:
        """Add the diagnostics of one file, and print them."""
        super().add(checked)
        if self.found:
            print(render(self.found, checked.sources, colour=_in_colour()))
        self.found.clear()

    def end(self) -> None:
        """Print how many files and how many problems there were."""
        if not self.quiet:
            kinds = sorted(self.files) or ["profile"]
            counts = [_count(self.files[kind], kind) for kind in kinds]
            counts.append(_count(self.problems, "problem"))
            counts += [_count(self.warnings, "warning")] if self.warnings else []
            print(", ".join(counts))
            for (_, name), needed in self.needs.items():
                if others := [each for each in needed if each not in INFERENCE]:
                    print(f"{name} needs {_listed(others)} in the environment")
            if self.unchecked:
                print(_unchecked(self.unchecked))


class Json(Report):
    """For programs: one JSON object with every problem."""

    def end(self) -> None:
        """Print the object."""
        found = [_as_data(each) for each in self.found]
        # Nothing but ASCII, as standard output has an encoding of its own.
        kinds = ("profile", "scenario file", "shared part")
        counts = {f"{kind.replace(' ', '_')}s": self.files[kind] for kind in kinds}
        unchecked = [asdict(each) for each in self.unchecked]
        needs = [
            {"path": str(path), "profile": name, "variables": needed}
            for (path, name), needed in self.needs.items()
        ]
        print(
            json.dumps(
                {**counts, "problems": found, "unchecked": unchecked, "environment": needs},
                indent=2,
            )
        )


class GitHub(Report):
    """For GitHub Actions: workflow commands, which annotate the lines of the problems."""

    def end(self) -> None:
        """Print the workflow commands."""
        for each in self.found:
            place = f"line={each.line},endLine={each.end_line}"
            # GitHub takes columns only for what is on one line.
            if each.line == each.end_line:
                place += f",col={each.column},endColumn={each.end_column}"
            file, title = _escaped(each.path, ":,"), _escaped(each.kind, ":,")
            print(f"::{each.severity} file={file},{place},title={title}::{_escaped(each.text)}")


class Sarif(Report):
    """For code scanners: a SARIF 2.1.0 log."""

    def end(self) -> None:
        """Print the log."""
        print(sarif.log(self.found, {**KINDS, **WARNINGS}), end="")


FORMATS: dict[str, type[Report]] = {"text": Text, "json": Json, "github": GitHub, "sarif": Sarif}


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.name != "nt"


def _unchecked(options: Sequence[Unchecked]) -> str:
    """Return a sentence on the options of plugins that could not be checked."""
    named = [f"{each.path}:{each.line} {each.option}" for each in options[:_MOST_UNCHECKED]]
    more = len(options) - len(named)
    named += [f"{more} more"] if more else []
    return f"Not checked, as no plugin's source says what they may be: {', '.join(named)}."


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _as_data(found: Diagnostic) -> dict[str, Any]:
    data: dict[str, Any] = {
        "path": found.path,
        "line": found.line,
        "column": found.column,
        "end_line": found.end_line,
        "end_column": found.end_column,
        "severity": found.severity,
        "kind": found.kind,
        "message": found.message,
        "hint": found.hint,
    }
    if found.other:
        data["other"] = {"path": found.other_path or found.path, **found.other._asdict()}
    return data


def _escaped(text: str, more: str = "") -> str:
    """Return `text` as workflow commands take it, which need `more` characters escaped."""
    text = "".join(char if char.isprintable() or char in "\r\n" else "\ufffd" for char in text)
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
