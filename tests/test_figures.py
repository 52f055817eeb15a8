"""The figures in the pages are those that the benchmarks measured, and nobody typed them."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import benchmark
import benchmark_rehearse
import benchmark_validate
import figures
import pytest
from support.pages import PAGES

MEASURED: dict[str, Any] = json.loads(figures.FILE.read_text("utf-8"))
PLACE = re.compile(r"<!-- figures: (\w+) -->.*?<!-- end -->", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_figures_in_a_page_are_those_of_the_file(page: str) -> None:
    text = PAGES[page]
    assert figures.page_with_figures(text, MEASURED) == text, "run: python tests/figures.py --pages"


def test_everything_that_is_measured_is_shown() -> None:
    shown = {name for text in PAGES.values() for name in PLACE.findall(text)}
    assert shown == {"summary", *figures.BENCHMARKS}


def test_no_page_has_a_figure_that_was_typed() -> None:
    for page, text in PAGES.items():
        assert not re.search(r"(?i)\b(two|2) cores\b", PLACE.sub("", text)), page


def test_every_figure_is_from_several_runs_with_machine_and_date() -> None:
    assert [*MEASURED] == [*figures.BENCHMARKS]
    for each in MEASURED.values():
        assert each["machine"]["cores"] >= 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", each["date"])
        assert "livekit-agents" in each["versions"]
        for row in each["figures"].values():
            assert min(map(len, row.values())) >= 3


def keys(rows: dict[str, Any]) -> dict[str, list[str]]:
    return {row: list(columns) for row, columns in rows.items()}


def test_the_file_has_what_the_benchmark_of_the_agents_measures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def first_times(*_: object) -> tuple[float, float]:
        return 1.0, 1.0

    monkeypatch.setattr(benchmark, "first_times", first_times)
    monkeypatch.setattr(benchmark, "os", SimpleNamespace(environ={}))
    monkeypatch.setattr(benchmark, "logging", MagicMock(ERROR=logging.ERROR))
    assert keys(benchmark.measure(1)) == keys(MEASURED["agents"]["figures"])


def test_the_file_has_what_the_benchmark_of_validate_measures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark_validate, "cost", lambda command: benchmark_validate.Cost(1, 1))
    assert keys(benchmark_validate.measure(1)) == keys(MEASURED["validate"]["figures"])


def test_the_file_has_what_the_benchmark_of_the_rehearsal_measures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark_rehearse, "rehearse", lambda *options: (60.0, 20))
    assert keys(benchmark_rehearse.measure()) == keys(MEASURED["rehearsal"]["figures"])


def test_one_command_writes_the_file_and_the_pages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n\n<!-- figures: validate -->\nold\n<!-- end -->\n\nAfter.\n")
    runs = {"one profile, s": {"validate": [0.11, 0.1, 0.3], "ratio": [0.4, 0.42, 0.39]}}
    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(figures, "pages", lambda: [page])
    monkeypatch.setattr(figures, "measure", lambda count, names: {"validate": runs})
    monkeypatch.setattr(figures, "machine", lambda: {"processor": "A Processor", "cores": 2})
    monkeypatch.setattr(sys, "argv", ["figures.py"])
    figures.main()
    lines = page.read_text().splitlines()
    assert lines[4:8] == [
        "| | validate | ratio |",
        "| --- | ---: | ---: |",
        "| one profile, s | 0.11 | 0.4 (0.39 to 0.42) |",
        "",
    ]
    assert lines[8].startswith("Medians of 3 runs on 20")
    assert " on 2 cores (A Processor), with Python 3." in " ".join(lines)
    assert (lines[0], lines[-1]) == ("Before.", "After.")


def test_a_benchmark_that_fails_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "benchmark.py").write_text("raise SystemExit('no figures')")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    monkeypatch.setattr(figures, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(sys, "argv", ["figures.py"])
    with pytest.raises(figures.subprocess.CalledProcessError):
        figures.main()
    assert not figures.FILE.exists()
