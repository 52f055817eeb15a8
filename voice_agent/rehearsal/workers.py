"""The worker processes of a rehearsal: forked from one that has LiveKit in it, or spawned.

It imports nothing of LiveKit, so that the processes start while the command imports it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore

from ..errors import UsageError

_STARTING = 60.0  # seconds for a worker to start
# LiveKit takes two seconds to import. Its own job processes are forked in this way too.
_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
# The second is imported by LiveKit's client with its first request, in each worker by itself.
_PRELOADED = [f"{__package__}.worker", "openai.resources.chat.completions"]


def prepare_workers() -> None:
    """Have LiveKit imported for all workers at once, while the calls are planned."""
    if _START == "forkserver":
        multiprocessing.set_forkserver_preload(_PRELOADED)
        with _no_ctrl_c():
            forkserver.ensure_running()


@contextmanager
def worker_pool(jobs: int, calls: int) -> Iterator[tuple[Pool, Sequence[BaseProcess]]]:
    """Start no more processes than there are calls; raise UsageError if they cannot be started."""
    others = multiprocessing.active_children()
    context = multiprocessing.get_context(_START)
    try:
        # Those of a fork server ignore Ctrl-C because it does, and none of it is lost here.
        with _later_ctrl_c() if _START == "forkserver" else _no_ctrl_c():
            ready = context.Semaphore(0)
            count = min(jobs, calls)
            pool = context.Pool(count, _begin_worker, (dict(os.environ), ready))
            # What interrupts them while they start, they cannot put into words.
            for _ in range(count):
                ready.acquire(timeout=_STARTING)
    except OSError as error:
        raise UsageError(
            f"The processes that run the calls cannot be started: {error.strerror or error}. "
            "Close other programs, and try again with --jobs 1."
        ) from None
    with pool:
        workers = [each for each in multiprocessing.active_children() if each not in others]
        yield pool, workers


@contextmanager
def _no_ctrl_c() -> Iterator[None]:
    """Start processes that Ctrl-C is not for, but for the process that waits for them."""
    on_ctrl_c = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, on_ctrl_c)


@contextmanager
def _later_ctrl_c() -> Iterator[None]:
    """Let nothing be interrupted half-way; Ctrl-C comes afterwards."""
    pressed: list[int] = []
    on_ctrl_c = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, on_ctrl_c)
    if pressed:
        signal.raise_signal(signal.SIGINT)


def _begin_worker(environment: Mapping[str, str], ready: Semaphore) -> None:
    from .worker import warm_up

    os.environ.clear()
    os.environ.update(environment)
    warm_up()
    ready.release()
