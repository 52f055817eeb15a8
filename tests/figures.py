"""Measure the program, and write what the pages say of it: `python tests/figures.py`.

Every benchmark runs several times. All that it measured goes to docs/figures.json, with the machine
and the date, and the medians go into the pages, between comments such as
`<!-- figures: agents -->` and `<!-- end -->`. With `--only NAME`, one benchmark is measured and the
others are kept.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "figures.json"
BENCHMARKS = {
    "agents": "benchmark.py",
    "validate": "benchmark_validate.py",
    "rehearsal": "benchmark_rehearse.py",
}

Figures: TypeAlias = Mapping[str, Mapping[str, float]]
"""What one run of a benchmark measured: rows of a table, by title, with columns, by heading."""
Runs: TypeAlias = Mapping[str, Mapping[str, Sequence[float]]]
"""What several runs measured, each figure with one value of every run."""
Measured: TypeAlias = Mapping[str, Any]
"""The content of the file: for each benchmark its date, machine, versions and figures."""

# What the README shows: its own words, the row it is from, and what that is compared with.
SUMMARY = (
    ("First word of an agent in a call", "agents", "first audio, ms", "profile", "by hand"),
    ("Checking one profile", "validate", "one profile, s", "validate", "check-jsonschema"),
    ("Checking 1,000 profiles", "validate", "1,000 profiles, s", "validate", "check-jsonschema"),
    ("Rehearsing two of the shipped profiles", "rehearsal", "two profiles, s", "all calls", ""),
    ("The same with `--quick`", "rehearsal", "two profiles, s", "--quick", ""),
)
_COMPARED = {
    "by hand": "the same agent written by hand",
    "check-jsonschema": "check-jsonschema, which gives no line numbers",
}


def together(runs: Sequence[Figures]) -> Runs:
    """Return the figures of several runs, each as a list."""
    return {
        row: {column: [round(run[row][column], 4) for run in runs] for column in columns}
        for row, columns in runs[0].items()
    }


def table(runs: Runs) -> str:
    """Return a table in Markdown of the medians, and of how far the runs lie apart."""
    columns = list(dict.fromkeys(column for row in runs.values() for column in row))
    lines = [f"| | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for title, row in runs.items():
        cells = [_cell(row, column) if column in row else "" for column in columns]
        lines.append(re.sub(r" +", " ", f"| {title} | {' | '.join(cells)} |"))
    return "\n".join(lines)


def _cell(row: Mapping[str, Sequence[float]], column: str) -> str:
    values = row[column]
    shown = _number(statistics.median(values))
    low, high = _number(min(values)), _number(max(values))
    # A ratio says more of how sure the row is than what it was made from.
    if low != high and (column == "ratio" or "ratio" not in row):
        shown += f" ({low} to {high})"
    return shown


def _number(value: float) -> str:
    """Return a figure with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def summary(measured: Measured) -> str:
    """Return the table of the README."""
    lines = ["| | | compared with |", "| --- | ---: | --- |"]
    for title, benchmark, row, column, other in SUMMARY:
        figures = measured[benchmark]["figures"][row]
        unit = row.rpartition(", ")[2]
        cells = [f"{_number(statistics.median(figures[column]))} {unit}"]
        compared = ""
        if other:
            compared = f"{_number(statistics.median(figures[other]))} {unit}: {_COMPARED[other]}"
        lines.append(re.sub(r" +", " ", f"| {title} | {cells[0]} | {compared} |"))
    return "\n".join(lines)


def where_and_when(*measured: Measured) -> str:
    """Return the sentences that say on what machine the figures were measured, and when."""
    sentences = []
    for each in measured:
        machine, versions = each["machine"], each["versions"]
        [runs] = {len(values) for row in each["figures"].values() for values in row.values()}
        sentences.append(
            f"Medians of {runs} runs on {each['date']}, on {machine['cores']} cores "
            f"({machine['processor']}), with Python {versions['python']} and LiveKit Agents "
            f"{versions['livekit-agents']}."
        )
    said = " ".join(dict.fromkeys(sentences))
    return textwrap.fill(said, 100, break_long_words=False, break_on_hyphens=False)


def page_with_figures(text: str, measured: Measured) -> str:
    """Return a page with the figures in their places."""

    def written(found: re.Match[str]) -> str:
        name = found[1]
        if name == "summary":
            shown, said = summary(measured), where_and_when(*measured.values())
        else:
            shown, said = table(measured[name]["figures"]), where_and_when(measured[name])
        return f"<!-- figures: {name} -->\n\n{shown}\n\n{said}\n\n<!-- end -->"

    return re.sub(r"<!-- figures: (\w+) -->.*?<!-- end -->", written, text, flags=re.DOTALL)


def pages() -> Iterator[Path]:
    """Yield the pages that may have figures in them."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").glob("*.md"))


def machine() -> dict[str, Any]:
    """Return what tells this machine from others."""
    processor = platform.processor() or platform.machine()
    if (known := Path("/proc/cpuinfo")).exists():
        found = re.search(r"^model name\s*: (.+)$", known.read_text(), re.MULTILINE)
        processor = found[1] if found else processor
    return {"processor": processor, "cores": os.cpu_count(), "system": platform.system()}


def versions() -> dict[str, str]:
    """Return the versions of what is measured, and of what it is compared with."""
    packages = ("voice-agent", "livekit-agents", "check-jsonschema")
    return {"python": platform.python_version(), **{each: version(each) for each in packages}}


def measure(runs: int, names: Sequence[str]) -> dict[str, Runs]:
    """Run benchmarks, in turn and each in a process of its own, and return all figures."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(runs):
        for name in names:
            print(f"Run {number + 1} of {runs}: {name}", file=sys.stderr)
            command = [sys.executable, ROOT / "tests" / BENCHMARKS[name], "--json"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            found[name].append(json.loads(done.stdout))
    return {name: together(each) for name, each in found.items()}


def print_figures(figures: Figures, as_json: bool) -> None:
    """Print what one run of a benchmark measured, for people or for `figures.py`."""
    print(json.dumps(figures) if as_json else table(together([figures])))


def main() -> None:
    """Measure, and write the file and the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each benchmark (3)")
    parser.add_argument("--only", choices=BENCHMARKS, help="measure this, and keep the others")
    parser.add_argument("--pages", action="store_true", help="measure nothing, write the pages")
    options = parser.parse_args()
    if not options.pages:
        today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
        where = {"date": today, "machine": machine(), "versions": versions()}
        new = measure(options.runs, [options.only] if options.only else [*BENCHMARKS])
        measured = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
        measured |= {name: {**where, "figures": figures} for name, figures in new.items()}
        measured = {name: measured[name] for name in BENCHMARKS if name in measured}
        FILE.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    measured = json.loads(FILE.read_text("utf-8"))
    for page in pages():
        page.write_text(page_with_figures(page.read_text("utf-8"), measured), "utf-8")


if __name__ == "__main__":
    main()
