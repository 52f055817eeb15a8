"""The command `validate`: check profiles and scenario files, and say all that is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..errors import OK, UNUSABLE, WRONG
from ..format import catalog
from ..format.loader import Checked
from ..format.yaml_source import MAX_BYTES
from ..lint.check import check_bytes, check_file
from ..lint.environment import with_unset
from . import selection
from .output_formats import FORMATS
from .parser import Parser, add_profile_option, parser_of

_INPUT, _STDIN = "-", "<stdin>"


def parser() -> Parser:
    """Return the parser of the command."""
    made = parser_of(
        "validate",
        "Check profiles and scenario files, and say everything that is wrong with them.",
        "It ends with 0 where all is well, with 1 where a file is wrong, and with 2 where a "
        'path cannot be used. The comment "# voice-agent: ignore[KIND]" turns the warnings of a '
        "kind off on its line.",
    )
    made.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a file, a folder with all that is below it, the name of a profile, or - for "
        "standard input; without any, the profile that --profile or AGENT_PROFILE names, or else "
        "all in profiles/",
    )
    add_profile_option(made)
    made.add_argument(
        "--format",
        choices=list(FORMATS),
        default="text",
        help="text for people (the default), json, github for annotations in GitHub Actions, "
        "or sarif",
    )
    made.add_argument(
        "--environment",
        action="store_true",
        help="check as well that the environment, or .env, has what the profiles need",
    )
    made.add_argument("--strict", action="store_true", help="let warnings count as problems")
    made.add_argument("--quiet", action="store_true", help="leave out the last line, which counts")
    return made


def run(arguments: Sequence[str]) -> int:
    """Check what the arguments name, and return the exit code."""
    options = parser().parse_args(arguments)
    words = selection.named(options.paths, options.profile) or [str(catalog.folder())]
    files, complaints = selection.files([each for each in words if each != _INPUT])
    if _INPUT in words:
        files.append(_STDIN)
    if options.environment:
        from ..runtime import environment  # here, as most who check profiles have no such file

        environment.read_dotenv()
    report = FORMATS[options.format](strict=options.strict, quiet=options.quiet)
    for file in sorted(files):
        checked = _check(file)
        report.add(with_unset(checked, os.environ) if options.environment else checked)
    report.end()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        return UNUSABLE
    return WRONG if report.problems else OK


def _check(file: str) -> Checked:
    if file != _STDIN:
        return check_file(file)
    given = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b""
    return check_bytes(given, _STDIN, name="stdin")
