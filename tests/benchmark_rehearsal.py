"""How many calls a machine can make at once: `python tests/benchmark_rehearsal.py`.

So many callers ring up one agent at the same time and talk over it. Printed is how late the machine
was, in milliseconds, at the worst in each call: the median of the calls, and the latest one. The
words are known to the stand-in, or are left to its recognizer.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from dataclasses import replace
from pathlib import Path
from unittest import mock

from voice_agent import load
from voice_agent.format.scenario import Scenario, ScenarioTurn, SendAfter
from voice_agent.rehearsal import runner

PROFILE = Path(__file__).parent.parent / "profiles" / "receptionist.yaml"
TALK = (
    "Let me tell you about the weather. It is grey today, and it was grey yesterday as well. "
    "It will very likely be grey tomorrow, and nobody will be surprised."
)
QUESTION = "Stop please, I have a question for you."
CALL = Scenario(
    "a caller cuts in",
    (
        ScenarioTurn((QUESTION,), send_after=SendAfter("bot_started_speaking", 4000)),
        ScenarioTurn(("What are your opening hours?",)),
        ScenarioTurn(("Thank you.",)),
    ),
    replies=(TALK, "Of course, please go ahead.", "We are open from nine to five."),
)


def lags(calls: int, hears: str) -> list[float]:
    """Make so many calls at once, and return how late the machine was in each, in milliseconds."""
    profile = load(PROFILE)
    scenarios = [replace(CALL, name=f"call {number}", hears=hears) for number in range(calls)]
    # No call is made again.
    never = mock.patch.multiple(runner, TOO_LATE=math.inf, TOO_LATE_TO_BLAME=math.inf)
    with never, runner.stage(calls) as stage:
        plans = [each for each in stage.plan(profile, scenarios, PROFILE.parent) if each.scenario]
        [rehearsal] = stage.rehearse([(profile, plans)], lambda *_: None)
    return [call.measures.lag * 1000 for call in rehearsal.calls]


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--calls", type=int, nargs="+", default=[2, 4, 8, 12, 16], help="calls at once"
    )
    wanted = parser.parse_args().calls
    print(f"{os.cpu_count()} cores")
    print(f"{'':12}{'known words, ms':>22}{'recognizer, ms':>22}")
    print(f"{'calls':12}{'median':>11}{'latest':>11}{'median':>11}{'latest':>11}")
    for calls in wanted:
        row = f"{calls:<12}"
        for hears in ("exactly", "really"):
            found = lags(calls, hears)
            row += f"{statistics.median(found):11.0f}{max(found):11.0f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
