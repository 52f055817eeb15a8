"""The command `validate`: check profiles, and say everything that is wrong with them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import OK, UNUSABLE, WRONG, UsageError
from ..format import catalog
from ..format.loader import Checked
from ..format.yaml_source import MAX_BYTES
from ..lint.check import check_bytes, check_file
from .output_formats import FORMATS
from .parser import Parser, parser_of

_STDIN = "<stdin>"


def parser() -> Parser:
    """Return the parser of the command."""
    made = parser_of(
        "validate",
        "Check profiles, and say everything that is wrong with them.",
        "It ends with 0 where all is well, with 1 where a profile is wrong, and with 2 where a "
        'path cannot be used. The comment "# voice-agent: ignore[KIND]" turns the warnings of a '
        "kind off on its line.",
    )
    made.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a file, a folder with all that is below it, the name of a profile, or - for "
        "standard input; without any, profiles/",
    )
    made.add_argument(
        "--format",
        choices=list(FORMATS),
        default="text",
        help="text for people (the default), json, github for annotations in GitHub Actions, "
        "or sarif",
    )
    made.add_argument("--strict", action="store_true", help="let warnings count as problems")
    made.add_argument("--quiet", action="store_true", help="leave out the last line, which counts")
    return made


def run(arguments: Sequence[str]) -> int:
    """Check what the arguments name, and return the exit code."""
    options = parser().parse_args(arguments)
    complaints: list[str] = []
    files = _files(options.paths or [str(catalog.folder())], complaints)
    report = FORMATS[options.format](strict=options.strict, quiet=options.quiet)
    for file in files:
        report.add(_check(file))
    report.end()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        return UNUSABLE
    return WRONG if report.problems else OK


def _check(file: str) -> Checked:
    if file != _STDIN:
        return check_file(file)
    return check_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), _STDIN, name="stdin")


def _files(words: Sequence[str], complaints: list[str]) -> list[str]:
    """Return the files that `words` name, sorted, and add a complaint for a word without any."""
    found: set[str] = set()
    for word in words:
        try:
            if word == "-":
                found.add(_STDIN)
            elif _is_folder(word):
                found.update(_below(word, complaints))
            else:
                found.add(str(catalog.find(word)))
        except UsageError as error:
            complaints.append(str(error))
    return sorted(found)


def _is_folder(word: str) -> bool:
    # A folder called desk.yaml is what a container makes of a file that it cannot mount.
    return Path(word).is_dir() and not word.endswith(catalog.SUFFIXES)


def _below(folder: str, complaints: list[str]) -> Iterator[str]:
    """Yield the profiles in a folder and below it, except in hidden folders."""
    refused = len(complaints)

    def refuse(error: OSError) -> None:
        complaints.append(f'The folder "{error.filename}" cannot be read: {error.strerror}.')

    empty = True
    for here, folders, files in os.walk(folder, onerror=refuse):
        names = [*files, *(each for each in folders if each.endswith(catalog.SUFFIXES))]
        folders[:] = [each for each in folders if each[0] != "." and each not in names]
        for name in names:
            if name.endswith(catalog.SUFFIXES) and name[0] != ".":
                empty = False
                yield str(Path(here, name))
    if empty and len(complaints) == refused:
        raise UsageError(f'There are no profiles in "{folder}": no file ends in .yaml or .yml.')
