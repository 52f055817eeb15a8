"""Runs the calls of rehearsals, several at once, in real time, in processes of their own."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.pool import AsyncResult, Pool
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from ..errors import UsageError
from ..format.profile import Profile
from ..format.scenario import Scenario
from ..format.schema import is_realtime
from ..standin.process import Standin, to_stderr
from . import conformance
from .plan import CallPlan, plan_calls
from .results import CallResult, LateRun, Rehearsal
from .worker import run_call

# Seconds by which the machine may be late (`Measures.lag`) before a call says more about it than
# about the agent. A call that passes on a late machine has passed; one that fails may have failed
# because of the machine.
TOO_LATE = 1.5
TOO_LATE_TO_BLAME = 0.5
_TRIES = 3
_BETWEEN_LOOKS = 0.2  # seconds, at the processes while a call is run
_LONGEST = 600.0  # seconds for a call without scenario
Run: TypeAlias = Callable[[], CallResult]
"""Runs one call in the worker process that it is sent to."""
Progress: TypeAlias = Callable[[CallResult, int, int], None]
"""Is called for every call that has ended: its result, how many have ended, and of how many."""


def default_jobs() -> int:
    """Return how many calls are run at once: one for each core."""
    return os.cpu_count() or 1


@contextmanager
def stage(jobs: int, tell: Callable[[str], None] = to_stderr) -> Iterator[Stage]:
    """Start the stand-in and `jobs` worker processes, which end with the block.

    `tell` is called with a sentence about everything that fails in the stand-in.
    """
    with Standin(tell) as standin, tempfile.TemporaryDirectory() as folder:
        others = multiprocessing.active_children()
        with _worker_pool(jobs) as pool:
            workers = [each for each in multiprocessing.active_children() if each not in others]
            yield Stage(standin, Path(folder), pool, workers)


def _worker_pool(jobs: int) -> Pool:
    """Start the worker processes; raise UsageError if they cannot be started."""
    # The new processes inherit this: Ctrl-C is for the process that waits for them.
    on_ctrl_c = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return multiprocessing.get_context("spawn").Pool(jobs)
    except OSError as error:
        raise UsageError(
            f"The processes that run the calls cannot be started: {error.strerror or error}. "
            "Close other programs, and try again with --jobs 1."
        ) from None
    finally:
        signal.signal(signal.SIGINT, on_ctrl_c)


class Stage:
    """The stand-in and the worker processes, in which profiles are rehearsed."""

    def __init__(
        self, standin: Standin, folder: Path, pool: Pool, workers: Sequence[BaseProcess]
    ) -> None:
        self.left_out: dict[int, tuple[LateRun, ...]] = {}
        """The runs of the calls that the latest `run_calls` left out, by the number of the call."""
        self._standin = standin
        self._errors = 0
        self._recordings = (folder / f"{number}.wav" for number in itertools.count(1))
        self._pool = pool
        self._workers = workers

    def plan(self, profile: Profile, scenarios: Sequence[Scenario], folder: Path) -> list[CallPlan]:
        """Plan every call of `profile`; see `plan.plan_calls`."""
        reach = self._standin.environment_with
        return asyncio.run(plan_calls(profile, scenarios, folder, reach, self._recordings))

    def rehearse(
        self, profile: Profile, calls: Sequence[CallPlan], progress: Progress
    ) -> Rehearsal:
        """Run these calls of `profile`, as `run_calls` does."""
        longest = max((_LONGEST + call.longest for call in calls), default=0)
        results = self.run_calls([partial(run_call, call) for call in calls], progress, longest)
        errors = tuple(self._standin.errors[self._errors :])
        self._errors += len(errors)
        return Rehearsal(
            profile=profile.name,
            path=str(profile.path),
            interruptible=conformance.may_cut_in(profile, opening=False),
            opening_interruptible=conformance.may_cut_in(profile, opening=True),
            calls=tuple(results),
            left_out={calls[number].name: runs for number, runs in self.left_out.items()},
            standin_errors=errors,
        )

    def run_calls(
        self, calls: Sequence[Run], progress: Progress, longest: float = _LONGEST
    ) -> list[CallResult]:
        """Run `calls` side by side, and those that the machine was too late for again, alone.

        A call that the machine is too late for even then is left out, and is in `left_out`. Raise
        UsageError if a call cannot be run, or takes more than `longest` seconds.
        """
        results: dict[int, CallResult] = {}
        late: dict[int, tuple[LateRun, ...]] = {}
        pending = {number: self._pool.apply_async(call) for number, call in enumerate(calls)}
        for _ in range(_TRIES):
            for number in [number for number in range(len(calls)) if number not in results]:
                again = pending.pop(number, None) or self._pool.apply_async(calls[number])
                result = self._result(again, longest)
                if _too_late(result):
                    late[number] = (*late.get(number, ()), _late_run(result))
                    continue
                results[number] = replace(result, late_runs=late.pop(number, ()))
                progress(results[number], len(results), len(calls))
        self.left_out = late
        return [results[number] for number in sorted(results)]

    def _result(self, pending: AsyncResult[CallResult], longest: float) -> CallResult:
        deadline = time.monotonic() + longest
        while True:
            pending.wait(_BETWEEN_LOOKS)
            if not self._standin.running:
                sentence = "The offline stand-in has ended unexpectedly; try again."
                raise UsageError(f"{sentence} {self._standin.logged}".rstrip())
            if not all(worker.is_alive() for worker in self._workers):
                raise UsageError(
                    "A process that ran a call has ended unexpectedly, perhaps for want of "
                    "memory; try again with --jobs 1."
                )
            if pending.ready():
                return pending.get()
            if time.monotonic() > deadline:
                raise UsageError(
                    f"A call did not end within {longest:.0f} s; close other programs and try "
                    "again."
                )


def check_playable(profile: Profile) -> None:
    """Raise UsageError for a profile that cannot be rehearsed with the stand-in."""
    if is_realtime(profile.llm):
        raise UsageError(
            f'"{profile.llm}" hears and speaks by itself, which the offline stand-in cannot play, '
            f'so "{profile.name}" cannot be rehearsed. Try the rest of it with another llm.'
        )


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
