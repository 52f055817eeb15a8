"""HTTP tools against a mock server that is not ours, and checks requests by an OpenAPI file."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ROOT
from support.parts import PRISM
from support.program import Run

FOLDER = ROOT / "tests" / "openapi"
PORT = "4010"


@pytest.fixture(scope="module")
def prism() -> Iterator[int]:
    """Run Stoplight's Prism with the OpenAPI file, and give its port.

    It refuses every request that the file does not allow, with the status 422 or 401.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = f"mock --errors --host 127.0.0.1 --port {port}".split()
    process = subprocess.Popen(
        [PRISM.path(), *words, str(FOLDER / "restaurant.yaml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout
        assert any("is listening" in line for line in process.stdout), "it has ended"
        yield port
        process.terminate()


@pytest.fixture
def profile(prism: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A profile whose tools are at the mock server."""
    monkeypatch.setenv("BOOKING_TOKEN", "s3cr3t-token")
    path = tmp_path / "agent.yaml"
    path.write_text((FOLDER / "agent.yaml").read_text().replace(f":{PORT}/", f":{prism}/"))
    return str(path)


CALLS = [
    ("find_tables day=2026-10-02 people=4", 200, '[{"name": "window", "price": {"amount": 12.5}}'),
    ("find_tables day=2026-10-02 people=4 outside=true", 200, '"corner"'),
    ('find_tables day=2026-10-02 people=4 wish=["window","quiet"]', 200, '"corner"'),
    ("book_table day=2026-10-02 time=19:30 people=4 name=Zoë", 201, '"id": "B-17"'),
    ("book_table day=2026-10-02 time=19:30 people=4 name=Ada note=quiet", 201, '"id": "B-17"'),
    ("cancel", 204, ""),
    ("cancel reason=ill", 204, ""),
    ("change people=5", 200, '"id"'),
    ("change people=5 note=later", 200, '"id"'),
    ("leave_message name=Ada text=Call+me&now=", 200, "Thank you, we will call back."),
    ("leave_message name=Ada text=? urgent=true", 200, "Thank you, we will call back."),
]


@pytest.mark.parametrize(("typed", "status", "told"), CALLS, ids=[each[0] for each in CALLS])
def test_a_request_is_what_the_service_describes(
    run_here: Run, profile: str, typed: str, status: int, told: str
) -> None:
    done = run_here("call", *typed.split(), "--profile", profile)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert re.search(rf"^Answer: {status} ", done.stdout, re.MULTILINE)
    assert told in done.stdout.partition("The llm is told")[2]


def test_a_conflict_that_the_service_describes_is_what_the_operator_says_of_it(
    run_here: Run, profile: str
) -> None:
    done = run_here("call", "book_a_table_that_is_gone", "day=2026-10-02", "--profile", profile)
    assert done.returncode == 1
    assert "The table was booked a moment ago." in done.stdout
    assert done.stdout.endswith("That table is gone. Offer another.\n")


def test_the_mock_server_refuses_what_is_not_described(run_here: Run, profile: str) -> None:
    done = run_here("call", "change", "people=44", "--profile", profile)
    assert done.returncode == 1
    assert re.search(r"^Answer: 422 ", done.stdout, re.MULTILINE)
