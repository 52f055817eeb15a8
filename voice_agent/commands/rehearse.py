"""The command `rehearse`: call an agent, with no key, and check what it does."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OK, UNUSABLE, WRONG, UsageError
from ..format import catalog, mcp_package
from ..format.diagnostics import printable
from ..format.diagnostics import width as columns_of
from ..format.language import language_of
from ..format.loader import load_scenarios
from ..format.profile import Profile
from ..format.scenario import Scenario
from ..rehearsal import workers
from ..runtime import environment
from ..standin.process import check_extra
from ..standin.voices import check_needed, named_voices
from . import selection, variable_options
from .parser import Parser, add_profile_option, parser_of
from .variable_options import add_variable_option

if TYPE_CHECKING:
    from ..rehearsal import runner
    from ..rehearsal.results import CallResult, Rehearsal


_QUICK = (
    "This was a quick rehearsal: of the calls that are derived from the profile, only those were "
    "made in which the caller talks over the agent in the middle or past its end, or types, and "
    "the telling ones of each tool and agent. Leave out --quick for all."
)


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
    parts = _parts(selection.named(options.profiles, options.profile), options.scenarios)
    variable_options.use(options.var, [part.profile for part in parts])
    check_extra()
    # Ctrl-C now has processes to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rehearsals, late = _rehearse(parts, options)
    _show(rehearsals, options)
    _tell_where(rehearsals, options.out)
    if late:
        print(printable(late), file=sys.stderr)
    if not all(rehearsal.passed for rehearsal in rehearsals):
        return WRONG
    return UNUSABLE if late else OK


def _parts(names: Sequence[str], scenarios: str | None) -> list[_Part]:
    if not names:
        raise UsageError(catalog.nothing_named())
    profiles = selection.profiles(names)
    for each in profiles:
        mcp_package.require(each)
    if scenarios is None:
        return [_Part(each, each.rehearsal, (each.path or Path()).parent) for each in profiles]
    file = catalog.yaml_file(scenarios, "Scenarios are")
    if file is None:
        raise UsageError(f'There is no file "{scenarios}".')
    return [_Part(each, load_scenarios(file, each), file.parent) for each in profiles]


def _rehearse(parts: Sequence[_Part], options: Namespace) -> tuple[Sequence[Rehearsal], str]:
    """Run the calls; return their results, and a sentence on those that are left out."""
    # Importing LiveKit takes two seconds, which no mistake so far need wait for, nor the workers.
    workers.prepare_workers()
    from ..rehearsal import plan, runner
    from ..rehearsal.report import artifacts

    quick = options.quick
    names = dict.fromkeys(
        name for part in parts for name in plan.names(part.profile, part.scenarios, quick=quick)
    )
    if not any(options.only in name for name in names):
        known = ", ".join(names)
        raise UsageError(f'No call has "{options.only}" in its name. There are: {known}.')
    piper_voices = named_voices(options.voice)
    check_needed(piper_voices, {each.profile.name: language_of(each.profile) for each in parts})
    if options.out:
        artifacts.prepare(options.out, (part.profile.name for part in parts))
    with (
        _told_at_the_end() as tell,
        runner.stage(options.jobs or runner.default_jobs(), tell, piper_voices) as stage,
    ):
        chosen = list(_chosen(stage, parts, options.only, quick=quick))
        with closing(_Progress()) as progress:
            rehearsals = stage.rehearse(chosen, progress)
        late = runner.too_slow(rehearsals)
        rehearsals = [_measured(each, options) for each in rehearsals]
        if options.out:
            return artifacts.write(rehearsals, options.out), late
        return [_without_recordings(each) for each in rehearsals], late


def _chosen(
    stage: runner.Stage, parts: Sequence[_Part], only: str, *, quick: bool
) -> Iterator[runner.Part]:
    """Yield the calls of each profile that have `only` in their name, or the `quick` of them."""
    from ..rehearsal import plan

    for part in parts:
        names = [
            name for name in plan.names(part.profile, part.scenarios, quick=quick) if only in name
        ]
        if calls := stage.plan(part.profile, part.scenarios, part.folder, names):
            note = (_QUICK,) if quick else ()
            yield part.profile, [replace(call, notes=(*note, *call.notes)) for call in calls]
            continue
        left = f'{part.profile.name}: not rehearsed, as no call has "{only}" in its name'
        print(printable(left), file=sys.stderr)


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
    from ..rehearsal.report import covered, html, text

    if options.format != "text":
        render = {"json": html.as_json, "sarif": covered.as_sarif}[options.format]
        print(render(rehearsals), end="")
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = text.columns()
    for each in rehearsals:
        shown = text.render(each, colour=colour, width=width, verbose=options.verbose)
        print(shown, end="")


def _tell_where(rehearsals: Sequence[Rehearsal], out: Path | None) -> None:
    from ..rehearsal.report import artifacts

    for page in artifacts.pages(rehearsals, out) if out else ():
        print(f"Report: {printable(str(page))}", file=sys.stderr)


class _Progress:
    """Shows how many calls have ended: in one line on a terminal, else in a line for each."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._tell("the calls have begun")

    def __call__(self, profile: str, result: CallResult, ended: int, calls: int) -> None:
        verdict = "passes" if result.passed else "FAILS"
        again = f" in run {len(result.late_runs) + 1}" if result.late_runs else ""
        self._tell(f'{ended} of {calls} calls; {profile}: "{result.name}" {verdict}{again}')

    def close(self) -> None:
        """Clear its line on a terminal."""
        if self._on_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _tell(self, text: str) -> None:
        line = printable(text)
        if self._on_terminal:
            print(f"\r\x1b[K{_in_one_line(line)} …", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def _in_one_line(text: str) -> str:
    """Return as much of a text as a line of the terminal has room for, with an ellipsis after."""
    room = shutil.get_terminal_size().columns - len(" … ")
    while columns_of(text) > room:
        text = text[:-1]
    return text


def _measured(rehearsal: Rehearsal, options: Namespace) -> Rehearsal:
    """Return a rehearsal that says how much its calls must reach, and whether all were made."""
    wanted = {"is_partial": bool(options.only), "fail_under": options.fail_under}
    return replace(rehearsal, coverage=replace(rehearsal.coverage, **wanted))


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
        help="a path, a folder with all that is below it, or a name in profiles/; without any, "
        "the profile that --profile or AGENT_PROFILE names",
    )
    add_profile_option(made)
    add_variable_option(made)
    made.add_argument(
        "--scenarios",
        metavar="FILE",
        help="a YAML file with a rehearsal: of its own, in place of the profiles'",
    )
    made.add_argument(
        "--only", default="", metavar="NAME", help="run the calls that have this in their name"
    )
    made.add_argument(
        "--quick",
        action="store_true",
        help="of the derived calls, run only those in which the caller talks over the agent in the "
        "middle or past its end, or types, and the telling ones of each tool and agent; and all "
        "that are written",
    )
    made.add_argument(
        "--voice",
        action="append",
        metavar="FILE",
        help="a Piper voice (.onnx) for the profiles in its language; again for another language",
    )
    made.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep recordings, events, JUnit XML and a page to look at in this folder, in place of "
        "the run before",
    )
    made.add_argument(
        "--format",
        choices=("text", "json", "sarif"),
        default="text",
        help="text for people (the default), json, or sarif with what no call has reached, at its "
        "line",
    )
    made.add_argument(
        "--fail-under",
        type=_percentage,
        metavar="PERCENT",
        help="fail where the calls reach less than this percentage of the profile's agents, "
        "handoffs, tools, fields and keys",
    )
    made.add_argument(
        "--jobs", type=_jobs, metavar="N", help="calls at once (by default, four for each core)"
    )
    made.add_argument("--verbose", action="store_true", help="show every call line by line")
    return made


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a number of calls, which is 1 or more')
    return int(text)


def _percentage(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) > 100:
        raise ArgumentTypeError(f'"{text}" is not a percentage, which is from 0 to 100')
    return float(text)
