"""The command `rehearse`: call an agent, with no key, and check what it does."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OK, UNUSABLE, WRONG, UsageError
from ..format import catalog
from ..format.diagnostics import printable
from ..format.loader import load_scenarios
from ..format.profile import Profile
from ..format.scenario import Scenario
from ..runtime import environment
from ..standin.process import check_extra
from .parser import Parser, parser_of

if TYPE_CHECKING:
    from ..rehearsal.results import CallResult, Rehearsal


@dataclass(frozen=True, slots=True)
class _Part:
    """A profile, the scenarios to play to it, and the folder of their sound files."""

    profile: Profile
    scenarios: tuple[Scenario, ...]
    folder: Path


def run(arguments: Sequence[str]) -> int:
    """Rehearse the profiles that the arguments name, and return the exit code."""
    options = parser().parse_args(arguments)
    environment.read_dotenv()
    environment.require_working_directory()
    parts = _parts(options.profiles, options.scenarios)
    check_extra()
    # Ctrl-C now has processes to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rehearsals, late = _rehearse(parts, options)
    _show(rehearsals, options)
    if late:
        print(printable(late), file=sys.stderr)
    if not all(rehearsal.passed for rehearsal in rehearsals):
        return WRONG
    return UNUSABLE if late else OK


def _parts(names: Sequence[str], scenarios: str | None) -> list[_Part]:
    profiles = [catalog.load_chosen(name) for name in names] or [catalog.load_chosen()]
    if scenarios is None:
        return [_Part(each, each.rehearsal, (each.path or Path()).parent) for each in profiles]
    file = catalog.yaml_file(scenarios, "Scenarios are")
    if file is None:
        raise UsageError(f'There is no file "{scenarios}".')
    written = load_scenarios(file)
    return [_Part(each, written, file.parent) for each in profiles]


def _rehearse(parts: Sequence[_Part], options: Namespace) -> tuple[Sequence[Rehearsal], str]:
    """Run the calls; return their results, and a sentence on those that are left out."""
    # Importing LiveKit takes two seconds, which no mistake so far need wait for.
    from ..rehearsal import plan, runner
    from ..rehearsal.report import artifacts

    names = dict.fromkeys(name for part in parts for name in plan.names(part.scenarios))
    if not any(options.only in name for name in names):
        known = ", ".join(names)
        raise UsageError(f'No call has "{options.only}" in its name. There are: {known}.')
    for part in parts:
        runner.check_playable(part.profile)
    if options.out:
        artifacts.prepare(options.out)
    with (
        _told_at_the_end() as tell,
        runner.stage(options.jobs or runner.default_jobs(), tell) as stage,
    ):
        every = [stage.plan(part.profile, part.scenarios, part.folder) for part in parts]
        rehearsals = []
        for part, calls in zip(parts, every, strict=True):
            chosen = [call for call in calls if options.only in call.name]
            if not chosen:
                left = f'{part.profile.name}: not rehearsed, as no call has "{options.only}"'
                print(printable(f"{left} in its name"), file=sys.stderr)
                continue
            with closing(_Progress(part.profile.name)) as progress:
                rehearsals.append(stage.rehearse(part.profile, chosen, progress))
        late = runner.too_slow(rehearsals)
        if options.out:
            return artifacts.write(rehearsals, options.out), late
        return [_without_recordings(each) for each in rehearsals], late


@contextmanager
def _told_at_the_end() -> Iterator[Callable[[str], None]]:
    """Give a function for sentences that are printed at the end, where no progress hides them."""
    sentences: list[str] = []
    try:
        yield sentences.append
    finally:
        for sentence in dict.fromkeys(sentences):
            print(printable(sentence), file=sys.stderr)


def _show(rehearsals: Sequence[Rehearsal], options: Namespace) -> None:
    from ..rehearsal.report import html, text

    if options.format == "json":
        print(html.as_json(rehearsals), end="")
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for rehearsal in rehearsals:
        print(text.render(rehearsal, colour=colour, verbose=options.verbose), end="")


class _Progress:
    """Shows how many calls have ended: in one line on a terminal, else in a line for each."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._on_terminal = sys.stderr.isatty()
        self._tell("the calls have begun")

    def __call__(self, result: CallResult, ended: int, calls: int) -> None:
        verdict = "passes" if result.passed else "FAILS"
        again = f" in run {len(result.late_runs) + 1}" if result.late_runs else ""
        self._tell(f'{ended} of {calls} calls; "{result.name}" {verdict}{again}')

    def close(self) -> None:
        """Clear its line on a terminal."""
        if self._on_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _tell(self, text: str) -> None:
        line = printable(f"{self._profile}: {text}")
        if self._on_terminal:
            print(f"\r\x1b[K{line} …", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def _without_recordings(rehearsal: Rehearsal) -> Rehearsal:
    # They are gone with the folder they were made in.
    calls = tuple(replace(call, recording=None) for call in rehearsal.calls)
    return replace(rehearsal, calls=calls)


def parser() -> Parser:
    """Return the options of the command."""
    made = parser_of(
        "rehearse",
        "Call an agent, with no account and no key, by a caller who really speaks, "
        "and check whether it does what its profile says.",
        "It ends with 0 if every check passes, with 1 if one fails, and with 2 if it could not "
        "tell.",
    )
    made.add_argument(
        "profiles",
        nargs="*",
        metavar="PROFILE",
        help="paths, or names in profiles/; without any, the one that AGENT_PROFILE names",
    )
    made.add_argument(
        "--scenarios",
        metavar="FILE",
        help="a YAML file with a rehearsal: of its own, in place of the profiles'",
    )
    made.add_argument(
        "--only", default="", metavar="NAME", help="run the calls that have this in their name"
    )
    made.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep recordings, events, JUnit XML and a page to look at in this folder",
    )
    made.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people (the default), or json",
    )
    made.add_argument(
        "--jobs", type=_jobs, metavar="N", help="calls at once (by default, one for each core)"
    )
    made.add_argument("--verbose", action="store_true", help="show every call line by line")
    return made


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a number of calls, which is 1 or more')
    return int(text)
