"""How fast profiles are checked, beside check-jsonschema: `python tests/benchmark_validate.py`.

Both check the same files against the same schema, in processes of their own, in turn, and the
order within a pair alternates. Every pair gives one ratio. check-jsonschema gives no lines, no
"did you mean" and no warnings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml
from figures import Figures, print_figures

ROOT = Path(__file__).parent.parent
MANY = 1_000
VALID = ROOT / "tests" / "valid"
# Between them, they have every key.
FULL = ("everything", "room", "model-options")
Row: TypeAlias = tuple[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds on the clock, and MiB at its peak."""

    seconds: float
    memory: float


def cost(command: Sequence[str | Path]) -> Cost:
    """Run a command that must succeed, and return what it took."""
    started = time.perf_counter()
    # Through a small process, as a child first counts the memory of the one that made it.
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _MEASURE, *command], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        said = running.stdout.read()
    if running.returncode:
        raise SystemExit(f"This failed: {' '.join(map(str, command))}\n{said}")
    del started
    seconds, memory = said.split()
    return Cost(float(seconds), float(memory))


_MEASURE = """
import os, sys, time
devnull = os.open(os.devnull, os.O_WRONLY)
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                       file_actions=[(os.POSIX_SPAWN_DUP2, devnull, 1)])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - started, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def compare(title: str, files: Sequence[Path], checker: str, pairs: int) -> Iterator[Row]:
    """Check the files with both programs in turn, and yield how they compare."""
    schema = ROOT / "schema" / "profile.schema.json"
    our_command = [sys.executable, ROOT / "agent.py", "validate", *files]
    their_command = [checker, "--schemafile", schema, *files]
    costs: list[tuple[Cost, Cost]] = []
    for pair in range(pairs + 1):
        if pair % 2:
            costs.append((cost(our_command), cost(their_command)))
        else:
            costs.append((cost(their_command), cost(our_command))[::-1])
    del costs[0]  # What is read from the disk is read now.
    for unit, read in (("s", lambda one: one.seconds), ("MiB", lambda one: one.memory)):
        yield (
            f"{title}, {unit}",
            {
                "validate": statistics.median(read(ours) for ours, _ in costs),
                "check-jsonschema": statistics.median(read(theirs) for _, theirs in costs),
                "ratio": statistics.median(read(ours) / read(theirs) for ours, theirs in costs),
            },
        )


def with_every_key() -> str:
    """Return a profile that has all keys of several profiles of the tests."""
    parts = [yaml.safe_load((VALID / f"{name}.yaml").read_text("utf-8")) for name in FULL]
    merged = {key: value for part in parts for key, value in part.items()}
    return yaml.safe_dump(merged, sort_keys=False, allow_unicode=True)


def measure(pairs: int) -> Figures:
    """Return how both programs compare over `pairs` runs of each."""
    checker = shutil.which("check-jsonschema", path=f"{Path(sys.executable).parent}:{os.defpath}")
    if checker is None:
        raise SystemExit("check-jsonschema is missing: pip install -e '.[dev]'")
    profiles = sorted((ROOT / "profiles").glob("*.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        many = [Path(folder, f"profile-{i:04}.yaml") for i in range(MANY)]
        for i, path in enumerate(many):
            path.write_bytes(profiles[i % len(profiles)].read_bytes())
        full = [path.with_name(f"full-{path.name}") for path in many]
        shutil.copytree(VALID / "sounds", Path(folder, "sounds"))
        written = with_every_key()
        for path in full:
            path.write_text(written, "utf-8")
        one = [ROOT / "profiles" / "uninterruptable.yaml"]
        return {
            **dict(compare("one profile", one, checker, pairs)),
            **dict(compare(f"{MANY:,} profiles", many, checker, max(3, pairs // 3))),
            **dict(compare(f"{MANY:,} with every key", full, checker, max(1, pairs // 15))),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="runs of each program (15)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    print_figures(measure(options.pairs), options.json)
