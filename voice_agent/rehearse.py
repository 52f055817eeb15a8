"""The command `rehearse`: call the agent, with no key, by a caller who speaks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import catalog, environment
from .errors import OK, WRONG
from .loader import load, load_scenarios
from .options import Parser, parser_of
from .standin.process import check_extra

if TYPE_CHECKING:
    from .rehearsal.model import CallResult, Rehearsal


def run(arguments: Sequence[str]) -> int:
    """Rehearse the profiles named; return OK where every agent keeps its word, else WRONG."""
    options = _parser().parse_args(arguments)
    environment.read_dotenv()
    profiles = [load(catalog.find(name)) for name in options.profiles]
    if not profiles:
        profiles = [environment.chosen_profile()]
    scenarios = load_scenarios(options.scenarios) if options.scenarios else None
    check_extra()
    # Ctrl-C now has processes to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    # Importing LiveKit takes two seconds, which a mistake above need not.
    from .rehearsal import keep, report, timeline
    from .rehearsal.run import check_named, check_playable, default_jobs
    from .rehearsal.run import stage as set_stage

    chosen = [profile.rehearsal if scenarios is None else scenarios for profile in profiles]
    for profile, calls in zip(profiles, chosen, strict=True):
        check_playable(profile)
        check_named(profile, calls, options.only)
    rehearsals = []
    with set_stage(options.jobs or default_jobs()) as stage:
        for profile, calls in zip(profiles, chosen, strict=True):
            show = _Progress(profile.name)
            rehearsals.append(stage.rehearse(profile, calls, show, options.only))
        if options.out:
            kept = keep.write(rehearsals, options.out)
        else:
            kept = tuple(_without_recordings(each) for each in rehearsals)
    if options.format == "json":
        print(report.as_json(kept))
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        for rehearsal in kept:
            print(timeline.render(rehearsal, colour=colour, verbose=options.verbose), end="")
    return OK if all(each.passed for each in kept) else WRONG


class _Progress:
    """Tells of each call as it ends: in one line on a terminal, else in a line for each."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._on_terminal = sys.stderr.isatty()
        self._tell("the calls have begun")

    def __call__(self, result: CallResult, held: int, calls: int) -> None:
        verdict = "holds" if result.passed else "FAILS"
        self._tell(f'{held} of {calls} calls; "{result.name}" {verdict}')
        if self._on_terminal and held == calls:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _tell(self, text: str) -> None:
        line = f"{self._profile}: {text}"
        if self._on_terminal:
            print(f"\r\x1b[K{line} …", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def _without_recordings(rehearsal: Rehearsal) -> Rehearsal:
    # They are gone with the folder they were made in.
    calls = tuple(replace(call, recording=None) for call in rehearsal.calls)
    return replace(rehearsal, calls=calls)


def _parser() -> Parser:
    parser = parser_of(
        "rehearse",
        "Call an agent, with no account and no key, by a caller who really speaks, "
        "and see whether it keeps what its profile promises.",
    )
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help="paths, or names in profiles/"
    )
    parser.add_argument(
        "--scenarios",
        type=Path,
        metavar="FILE",
        help="a YAML file with a rehearsal: of its own, in place of the profiles'",
    )
    parser.add_argument(
        "--only", default="", metavar="NAME", help="hold the calls that have this in their name"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep recordings, events, JUnit XML and a page to look at in this folder",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="calls at once (by default, one for each core)"
    )
    parser.add_argument("--verbose", action="store_true", help="show every call line by line")
    return parser
