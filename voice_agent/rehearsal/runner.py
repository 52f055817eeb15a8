"""Runs the calls of rehearsals, several at once, in real time, in processes of their own."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

from ..errors import UsageError
from ..format.profile import Profile
from ..format.scenario import Scenario
from ..standin.piper_voice import PiperFile
from ..standin.process import Standin, to_stderr
from . import cutting_in, provenance, reaching
from .coverage import Coverage
from .plan import CallPlan, plan_calls
from .results import About, CallResult, LateRun, Rehearsal
from .worker import run_call
from .workers import prepare_workers, worker_pool

# Seconds by which the machine may be late (`Measures.lag`) before a call says more about it than
# about the agent. A call that passes on a late machine has passed; one that fails may have failed
# because of the machine.
TOO_LATE = 1.5
TOO_LATE_TO_BLAME = 0.3
_TRIES = 3
_BETWEEN_LOOKS = 0.2  # seconds, at the processes while a call is run
_LONGEST = 600.0  # seconds for a call without scenario
_CALLS_PER_CORE = 4
Run: TypeAlias = Callable[[], CallResult]
"""Runs one call in the worker process that it is sent to."""
Part: TypeAlias = tuple[Profile, Sequence[CallPlan]]
"""A profile, and those of its calls that are run."""
Progress: TypeAlias = Callable[[str, CallResult, int, int], None]
"""Is called for every call that has ended: its profile, its result, how many have, of how many."""
_Ended: TypeAlias = tuple[int, CallResult | BaseException]


def default_jobs() -> int:
    """Return how many calls are run at once: so many for each core, most of which are waiting."""
    return _CALLS_PER_CORE * (os.cpu_count() or 1)


@contextmanager
def stage(
    jobs: int,
    tell: Callable[[str], None] = to_stderr,
    piper_voices: Sequence[PiperFile] = (),
) -> Iterator[Stage]:
    """Start the stand-in, which ends with the block; `jobs` calls are run at once.

    `tell` is called with a sentence about everything that fails in the stand-in. `piper_voices`
    are those that the operator named.
    """
    prepare_workers()
    with Standin(tell) as standin, tempfile.TemporaryDirectory() as folder:
        yield Stage(standin, Path(folder), partial(worker_pool, jobs), piper_voices)


class Stage:
    """The stand-in and the worker processes, in which profiles are rehearsed.

    `pool` starts worker processes for so many calls, and `piper_voices` are those that the operator
    named.
    """

    def __init__(
        self,
        standin: Standin,
        folder: Path,
        pool: Callable[[int], AbstractContextManager[tuple[Pool, Sequence[BaseProcess]]]],
        piper_voices: Sequence[PiperFile] = (),
    ) -> None:
        self.left_out: dict[int, tuple[LateRun, ...]] = {}
        """The runs of the calls that the latest `run_calls` left out, by the number of the call."""
        self._abouts: dict[Path | None, About] = {}
        self._reachable: dict[Path | None, Coverage] = {}
        self._standin = standin
        self._errors = 0
        self._recordings = (folder / f"{number}.wav" for number in itertools.count(1))
        self._pool = pool
        self._piper_voices = piper_voices

    def plan(
        self,
        profile: Profile,
        scenarios: Sequence[Scenario],
        folder: Path,
        chosen: Collection[str] | None = None,
    ) -> list[CallPlan]:
        """Plan the calls of `profile`; see `plan.plan_calls`."""
        self._abouts[profile.path] = provenance.about(profile)
        self._reachable[profile.path] = reaching.nothing_yet(profile)
        reach = self._standin.environment_with
        planning = plan_calls(
            profile, scenarios, folder, reach, self._recordings, self._piper_voices, chosen
        )
        return asyncio.run(planning)

    def rehearse(self, parts: Sequence[Part], progress: Progress) -> list[Rehearsal]:
        """Run the calls of these profiles, all side by side, as `run_calls` does."""
        calls = [(number, call) for number, (_, plans) in enumerate(parts) for call in plans]
        calls.sort(key=lambda each: -each[1].seconds)  # The last to end are then short ones.
        longest = max((_LONGEST + call.longest for _, call in calls), default=0)
        ended: list[dict[str, CallResult]] = [{} for _ in parts]

        def note(number: int, result: CallResult) -> None:
            part, _ = calls[number]
            ended[part][result.name] = result
            profile, _ = parts[part]
            progress(profile.name, result, sum(map(len, ended)), len(calls))

        self.run_calls([partial(run_call, call) for _, call in calls], note, longest)
        left_out: list[dict[str, tuple[LateRun, ...]]] = [{} for _ in parts]
        for number, runs in self.left_out.items():
            part, call = calls[number]
            left_out[part][call.name] = runs
        errors = tuple(self._standin.errors[self._errors :])
        self._errors += len(errors)
        return [
            self._result(profile, plans, results, late, errors)
            for (profile, plans), results, late in zip(parts, ended, left_out, strict=True)
        ]

    def _result(
        self,
        profile: Profile,
        plans: Sequence[CallPlan],
        results: Mapping[str, CallResult],
        late: Mapping[str, tuple[LateRun, ...]],
        errors: tuple[str, ...],
    ) -> Rehearsal:
        path, reachable = str(profile.path), self._reachable[profile.path]
        ended = [results[call.name] for call in plans if call.name in results]
        return Rehearsal(
            profile=profile.name,
            path=path,
            about=self._abouts[profile.path],
            interruptible=cutting_in.may_cut_in(profile, opening=False),
            opening_interruptible=cutting_in.may_cut_in(profile, opening=True),
            calls=tuple(reaching.with_lines(call, reachable, path) for call in ended),
            left_out=late,
            standin_errors=errors,
            notes=tuple(dict.fromkeys(note for call in plans for note in call.notes)),
            coverage=reaching.after(ended, reachable),
        )

    def run_calls(
        self,
        calls: Sequence[Run],
        ended: Callable[[int, CallResult], None],
        longest: float = _LONGEST,
    ) -> list[CallResult]:
        """Run `calls` side by side, and those that the machine was too late for again, alone.

        `ended` is called with the number of every call that has ended, and its result. A call that
        the machine is too late for even then is left out, and is in `left_out`. Raise UsageError if
        a call cannot be run, or takes more than `longest` seconds.
        """
        results: dict[int, CallResult] = {}
        late: dict[int, tuple[LateRun, ...]] = {}

        def note(number: int, result: CallResult) -> None:
            if _too_late(result):
                late[number] = (*late.get(number, ()), _late_run(result))
                return
            results[number] = replace(result, late_runs=late.pop(number, ()))
            ended(number, results[number])

        with self._pool(len(calls)) as (pool, workers):
            crew = _Crew(pool, workers, self._standin, longest)
            for number, result in crew.run(dict(enumerate(calls))):
                note(number, result)
            for _ in range(1, _TRIES):
                for again in sorted(late):
                    for number, result in crew.run({again: calls[again]}):
                        note(number, result)
        self.left_out = late
        return [results[number] for number in sorted(results)]


class _Crew:
    """The worker processes while they run calls, and what may go wrong with them."""

    def __init__(
        self, pool: Pool, workers: Sequence[BaseProcess], standin: Standin, longest: float
    ) -> None:
        self._pool = pool
        self._workers = workers
        self._standin = standin
        self._longest = longest

    def run(self, calls: Mapping[int, Run]) -> Iterator[tuple[int, CallResult]]:
        """Run calls side by side, and yield the number and the result of each as it ends."""
        queue: SimpleQueue[_Ended] = SimpleQueue()
        for number, call in calls.items():
            put = partial(_put, queue, number)
            self._pool.apply_async(call, callback=put, error_callback=put)
        for _ in calls:
            number, result = self._next(queue)
            if isinstance(result, BaseException):
                raise result
            yield number, result

    def _next(self, queue: SimpleQueue[_Ended]) -> _Ended:
        deadline = time.monotonic() + self._longest
        while True:
            with suppress(Empty):
                return queue.get(timeout=_BETWEEN_LOOKS)
            if not self._standin.running:
                sentence = "The offline stand-in has ended unexpectedly; try again."
                raise UsageError(f"{sentence} {self._standin.logged}".rstrip())
            if not all(worker.is_alive() for worker in self._workers):
                raise UsageError(
                    "A process that ran a call has ended unexpectedly, perhaps for want of "
                    "memory; try again with --jobs 1."
                )
            if time.monotonic() > deadline:
                raise UsageError(
                    f"No call ended within {self._longest:.0f} s; close other programs and try "
                    "again."
                )


def _put(queue: SimpleQueue[_Ended], number: int, result: CallResult | BaseException) -> None:
    queue.put((number, result))


def too_slow(rehearsals: Sequence[Rehearsal]) -> str:
    """Return a sentence on the calls that the machine was too late for; "" if there are none."""
    late = [
        (runs[-1].lag, f'"{name}" of {rehearsal.profile}')
        for rehearsal in rehearsals
        for name, runs in rehearsal.left_out.items()
    ]
    if not late:
        return ""
    return (
        f"This machine cannot keep real time: it was up to {max(late)[0]:.1f} s late in "
        f"{', '.join(name for _, name in late)}, which says nothing of the agent and is left out. "
        "Close other programs, or use a faster machine."
    )


def _late_run(result: CallResult) -> LateRun:
    failed = tuple(check for check in result.checks if not check.passed)
    return LateRun(result.measures.lag, len(result.checks), failed)


def _too_late(result: CallResult) -> bool:
    return result.measures.lag > (TOO_LATE if result.passed else TOO_LATE_TO_BLAME)
