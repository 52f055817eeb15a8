"""How long a rehearsal takes: `python tests/benchmark_rehearse.py`.

The calls that are derived from two of the shipped profiles, and those that stand in them, are made
by the command `rehearse`, once all of them and once with --quick.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from figures import Figures, print_figures

from voice_agent.rehearsal.runner import default_jobs

ROOT = Path(__file__).parent.parent
PROFILES = ("uninterruptable", "receptionist")
WAYS = {"all calls": (), "--quick": ("--quick",)}


def rehearse(*options: str) -> tuple[float, int]:
    """Rehearse the profiles, which must pass; return the seconds it took, and how many calls."""
    started = time.perf_counter()
    command = [sys.executable, ROOT / "agent.py", "rehearse", *PROFILES, "--format", "json"]
    done = subprocess.run([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"The rehearsal ended with {done.returncode}.\n{done.stdout}")
    return taken, sum(len(each["calls"]) for each in json.loads(done.stdout)["rehearsals"])


def measure() -> Figures:
    """Return the seconds, and the number of calls, of each way to rehearse."""
    found = {way: rehearse(*options) for way, options in WAYS.items()}
    return {
        "two profiles, s": {way: taken for way, (taken, _) in found.items()},
        "calls": {way: calls for way, (_, calls) in found.items()},
        "calls at once": dict.fromkeys(found, default_jobs()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    print_figures(measure(), parser.parse_args().json)
