"""How fast a profile answers, beside the same agent written by hand: `python tests/benchmark.py`.

They are called in turn, in one process, against one stand-in, and so is the profile with every
default of LiveKit's written out, which must behave as the others do. Every round gives one ratio,
and begins with another agent. Times are in milliseconds from the start of the job.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
from by_hand import ByHand, session_by_hand
from figures import Figures, print_figures
from livekit.agents import Agent, AgentSession
from livekit.plugins import silero

from voice_agent import load
from voice_agent.commands import show
from voice_agent.format.loader import examine_file
from voice_agent.rehearsal.call import calling
from voice_agent.runtime import build
from voice_agent.standin.testing.process import InstrumentedStandin

PROFILE = Path(__file__).parent.parent / "profiles" / "uninterruptable.yaml"
Made = tuple[Agent, Callable[[], AgentSession[None]]]


async def first_times(make: Callable[[], Made], record: Path) -> tuple[float, float]:
    """Return when the first request was on the wire, and when the first audio was heard."""
    size = record.stat().st_size
    gc.collect()  # What other calls have left is not to be cleared away in this one.
    started, started_at = time.monotonic(), time.time()
    agent, make_session = make()
    async with calling(agent, make_session) as call:
        await call.until(lambda: call.speaker.playing)
        heard = call.speaker.started or started
    with record.open() as lines:
        lines.seek(size)
        asked = next(e["time"] for e in map(json.loads, lines) if e["service"] == "llm")
    return (asked - started_at) * 1000, (heard - started) * 1000


def with_every_key(folder: Path) -> Path:
    """Write the profile with every default that it has, as the command `show` does."""
    checked = examine_file(PROFILE)
    assert checked.source
    written = folder / PROFILE.name
    values = show.effective(checked.source, PROFILE.stem)
    written.write_text("\n".join(show.as_yaml(values, str(PROFILE))), "utf-8")
    return written


async def compare(pairs: int, record: Path) -> dict[str, dict[str, float]]:
    """Call each of the agents `pairs` times, and return how they compare."""
    vad = silero.VAD.load()

    def by_profile(path: Path) -> Made:
        profile = load(path)
        return build.build_agent(profile), lambda: build.build_session(profile, vad)

    def by_hand() -> Made:
        return ByHand(), lambda: session_by_hand(vad)

    agents = {
        "profile": partial(by_profile, PROFILE),
        "with every key": partial(by_profile, with_every_key(record.parent)),
        "by hand": by_hand,
    }
    for make in agents.values():
        await first_times(make, record)  # What is imported late is imported now.
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in agents}
    for pair in range(pairs):
        first = pair % len(agents)
        for name in [*agents, *agents][first : first + len(agents)]:
            times[name].append(await first_times(agents[name], record))
    found = {}
    for title, name, column in (
        ("first request, ms", "profile", 0),
        ("first request with every key, ms", "with every key", 0),
        ("first audio, ms", "profile", 1),
    ):
        ours = [row[column] for row in times[name]]
        theirs = [row[column] for row in times["by hand"]]
        found[title] = {
            "profile": statistics.median(ours),
            "by hand": statistics.median(theirs),
            "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        }
    return found


def loading(times: int) -> float:
    """Return the milliseconds it takes to load one profile that is not new to the process."""
    load(PROFILE)
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        load(PROFILE)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def measure(pairs: int) -> Figures:
    """Return how the agents compare in `pairs` calls, and what one profile costs."""
    logging.getLogger("livekit").setLevel(logging.ERROR)  # The hand-written agent is deprecated.
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.jsonl"
        with InstrumentedStandin(record=record) as standin:
            os.environ.update(standin.environment)
            found = asyncio.run(compare(pairs, record))
    found["load one profile, ms"] = {"profile": loading(200)}
    found["memory, MiB"] = {"profile": psutil.Process().memory_info().rss / 2**20}
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="calls of each kind (15)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    print_figures(measure(options.pairs), options.json)
