"""Files of expected output: compared with what the program says, and written anew on demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import Golden


@pytest.fixture
def update(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test as under `pytest --update`."""
    monkeypatch.setattr(pytestconfig.option, "update", True)


@pytest.fixture
def no_update(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test as under plain `pytest`."""
    monkeypatch.setattr(pytestconfig.option, "update", False)


@pytest.mark.usefixtures("no_update")
def test_other_output_fails_leaves_the_file_alone_and_says_how_to_update_it(
    golden: Golden, tmp_path: Path
) -> None:
    path = tmp_path / "said.out"
    path.write_text("before\n")
    with pytest.raises(AssertionError, match="pytest --update"):
        golden(path, "now\n")
    assert path.read_text() == "before\n"


@pytest.mark.usefixtures("no_update")
def test_output_that_nobody_expects_yet_fails_and_says_how_to_keep_it(
    golden: Golden, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="pytest --update"):
        golden(tmp_path / "said.out", "now\n")


@pytest.mark.usefixtures("no_update")
def test_a_line_end_of_another_kind_is_other_output(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "said.out"
    path.write_bytes(b"now\r\n")
    with pytest.raises(AssertionError):
        golden(path, "now\n")


@pytest.mark.usefixtures("update")
def test_update_writes_the_output_for_review_in_the_diff(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "said.out"
    path.write_text("before\n")
    golden(path, "sagt „jetzt“\n")
    assert path.read_bytes().decode() == "sagt „jetzt“\n"
