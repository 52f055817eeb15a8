"""All calls of a rehearsal: held side by side, in real time, in processes of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path

from ..errors import UsageError
from ..loader import schema
from ..profile import Profile
from ..source import parse, read
from ..standin.process import Standin
from ..standin.speech import Voice
from . import derive
from .line import RATE
from .model import CallResult, Rehearsal
from .perform import Order, perform
from .scenario import DEFAULT_VOICE, VOICES, Scenario

# Seconds by which the machine may be late (`Measures.lag`) before a call says more of it than of
# the agent. What holds on a late machine holds; what does not hold may be the machine's fault.
TOO_LATE = 1.5
TOO_LATE_TO_BLAME = 0.5
_TRIES = 3
_LONGEST = 600.0  # seconds for one call
Progress = Callable[[CallResult, int, int], None]


class TooSlow(UsageError):
    """The machine cannot keep real time."""


def default_jobs() -> int:
    """Return how many calls are held at once: a core for each, which leaves room for others."""
    return os.cpu_count() or 1


@contextmanager
def stage(jobs: int) -> Iterator[Stage]:
    """Have the stand-in, the caller's voice and the processes ready for as long as it lasts."""
    context = multiprocessing.get_context("spawn")
    with (
        Standin() as standin,
        tempfile.TemporaryDirectory() as folder,
        context.Pool(jobs, _ignore_ctrl_c) as pool,
    ):
        yield Stage(standin, Path(folder), pool)


class Stage:
    """Where profiles are rehearsed."""

    def __init__(self, standin: Standin, folder: Path, pool: Pool) -> None:
        self._standin = standin
        self._folder = folder
        self._pool = pool
        self._count = 0

    def rehearse(
        self,
        profile: Profile,
        scenarios: Sequence[Scenario],
        progress: Progress,
        only: str = "",
    ) -> Rehearsal:
        """Hold every call of `profile` that has `only` in its name.

        `progress` is told of each call as it ends. Raises TooSlow where the machine cannot keep
        real time, even with one call at once.
        """
        orders = [order for order in self._orders(profile, scenarios) if only in order.name]
        waiting: list[tuple[Order, AsyncResult[CallResult]]] = [
            (order, self._pool.apply_async(perform, (order,))) for order in orders
        ]
        results = []
        for order, pending in waiting:
            result = _result(order, pending)
            results.append(result)
            progress(result, len(results), len(orders))
        for number, order in enumerate(orders):
            for _ in range(1, _TRIES):
                if not _too_late(results[number]):
                    break
                results[number] = _result(order, self._pool.apply_async(perform, (order,)))
        if late := [result.measures.lag for result in results if _too_late(result)]:
            raise TooSlow(
                f"This machine cannot keep real time: it was up to {max(late):.1f} s late, so that "
                "the calls say nothing of the agent. Close other programs, or use a faster machine."
            )
        opening = derive.may_cut(profile)
        return Rehearsal(profile.name, str(profile.path), opening, tuple(results))

    def _orders(self, profile: Profile, scenarios: Sequence[Scenario]) -> list[Order]:
        spoken = asyncio.run(_speak(_texts(scenarios)))
        spoken |= {("", name): _audio(profile, name) for name in _files(scenarios)}
        key = _key(profile)
        calls: list[tuple[str, Scenario | None, tuple[str, ...]]] = [
            (name, None, derive.replies(profile)) for name in derive.MOMENTS
        ]
        said = profile.on_enter is not None and profile.on_enter.say is not None
        calls += [(each.name, each, ("",) * said + each.replies) for each in scenarios]
        return [
            Order(
                name=name,
                profile=profile,
                scenario=scenario,
                environment=self._standin.environment_with(*replies),
                spoken=spoken,
                key=key,
                recording=self._recording(),
            )
            for name, scenario, replies in calls
        ]

    def _recording(self) -> Path:
        self._count += 1
        return self._folder / f"{self._count}.wav"


def check_playable(profile: Profile) -> None:
    """Raise UsageError for a profile that the stand-in cannot play."""
    if profile.llm in schema()["$defs"]["realtime"]["enum"]:
        raise UsageError(
            f'"{profile.llm}" hears and speaks by itself, which the offline stand-in cannot play, '
            f'so "{profile.name}" cannot be rehearsed. Try the rest of it with another llm.'
        )


def check_named(profile: Profile, scenarios: Sequence[Scenario], only: str) -> None:
    """Raise UsageError where no call of `profile` has `only` in its name."""
    names = [*derive.MOMENTS, *(each.name for each in scenarios)]
    if not any(only in name for name in names):
        raise UsageError(
            f'No call of "{profile.name}" has "{only}" in its name. There are: {", ".join(names)}.'
        )


def _too_late(result: CallResult) -> bool:
    return result.measures.lag > (TOO_LATE if result.passed else TOO_LATE_TO_BLAME)


def _result(order: Order, pending: AsyncResult[CallResult]) -> CallResult:
    try:
        return pending.get(_LONGEST)
    except multiprocessing.TimeoutError:
        raise TooSlow(
            f'The call "{order.name}" did not end within {_LONGEST:.0f} s. '
            "Close other programs and try again."
        ) from None


def _ignore_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The process that waits for us deals with it.


def _texts(scenarios: Sequence[Scenario]) -> list[tuple[str, str]]:
    written = [
        (turn.voice, part)
        for scenario in scenarios
        for turn in scenario.turns
        for part in turn.user
        if isinstance(part, str)
    ]
    return [*((DEFAULT_VOICE, text) for text in derive.SPOKEN), *written]


def _files(scenarios: Sequence[Scenario]) -> list[str]:
    return [turn.audio for each in scenarios for turn in each.turns if turn.audio is not None]


async def _speak(texts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    voice = Voice()
    spoken = {}
    try:
        for name, text in dict.fromkeys(texts):
            speech = voice.speak(text, RATE, slowness=VOICES[name])
            spoken[name, text] = b"".join([piece async for piece in speech])
    finally:
        voice.close()
    return spoken


def _audio(profile: Profile, name: str) -> bytes:
    """Return a sound file beside the profile as the line carries it."""
    import av

    folder = (profile.path or Path()).resolve().parent
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise UsageError(f'The audio "{name}" is outside the folder of the profile.')
    try:
        with av.open(str(path)) as sound:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            frames = [out for frame in sound.decode(audio=0) for out in resampler.resample(frame)]
            frames += resampler.resample(None)
    except (OSError, av.error.FFmpegError, IndexError) as error:
        raise UsageError(f'The audio "{name}" cannot be read: {error}') from None
    return b"".join(frame.to_ndarray().tobytes() for frame in frames)


def _key(profile: Profile) -> tuple[str, int | None]:
    """Return the key that lets callers cut the speech that is talked over, and its line."""
    where: list[str | int] = ["allow_interruptions"]
    opening = profile.on_enter
    if derive.opens_long(profile) and opening and opening.allow_interruptions is not None:
        where = ["on_enter", *where]
    if profile.path is None:
        return ".".join(map(str, where)), None
    source = parse(read(profile.path), str(profile.path))
    try:
        line = source.line(source.key(where))
    except KeyError:
        line = None
    return ".".join(map(str, where)), line
