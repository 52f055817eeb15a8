"""What an operator reads when a command stops on a bug of ours, and what is kept of it."""

from __future__ import annotations

import importlib.metadata
import re
import stat
from pathlib import Path

import pytest
from support import ROOT
from support.program import Run

from voice_agent.commands import list_profiles, main
from voice_agent.commands.failures import without_secrets

SECRET = "s3cret-of-the-operator"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let `list` have a bug, and the temporary folder be an empty one."""

    def examine(path: object) -> None:
        raise ZeroDivisionError(f"division by zero with {SECRET}")

    monkeypatch.setattr(list_profiles, "examine_file", examine)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["agent.py", "list"])
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)


@pytest.mark.usefixtures("broken")
def test_a_bug_is_one_sentence_that_names_the_file_with_its_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main.main() == 3
    said = capsys.readouterr().err
    [kept] = tmp_path.iterdir()
    assert re.fullmatch(
        "This is a bug in the voice agent, and no fault of the profile. Please report it with the "
        f"file {re.escape(str(kept))}: ZeroDivisionError: division by zero with "
        r"\$LIVEKIT_API_SECRET \(test_failures\.py, line \d+\)\.\n",
        said,
    )
    text = kept.read_text()
    assert "Traceback (most recent call last):" in text
    assert ", in examine\n" in text
    assert "LiveKit Agents 1." in text


@pytest.mark.usefixtures("broken")
def test_the_file_is_for_this_user_only_and_has_no_secret_of_the_environment(
    tmp_path: Path,
) -> None:
    main.main()
    [kept] = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "$LIVEKIT_API_SECRET" in kept.read_text()
    assert SECRET not in kept.read_text()


@pytest.mark.usefixtures("broken")
def test_a_bug_is_reported_even_where_no_file_can_be_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert main.main() == 3
    said = capsys.readouterr().err
    assert "its traceback could not be kept (" in said
    assert "ZeroDivisionError" in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("broken")
def test_a_bug_is_reported_even_where_livekit_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert main.main() == 3
    [kept] = tmp_path.iterdir()
    assert "without LiveKit Agents, which is not installed" in kept.read_text()


def test_a_name_with_key_in_it_does_not_make_its_value_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONKEY", "file")
    monkeypatch.setenv("PIN_TOKEN", "42")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234")
    assert without_secrets("file 42 sk-1234") == "file 42 $OPENAI_API_KEY"


@pytest.mark.parametrize("words", [("console",), ("start",)])
def test_a_bug_of_a_command_that_needs_livekit_ends_it_with_3(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import voice_agent.runtime.environment as e\ndel e.read_dotenv\n"
    )
    path = f"{tmp_path}:{ROOT}"
    shown = run(*words, "--profile", "uninterruptable", PYTHONPATH=path, TMPDIR=str(tmp_path))
    assert shown.returncode == 3
    assert "This is a bug in the voice agent, and no fault of the profile." in shown.stderr
    assert "Traceback" not in shown.stderr
    assert len(list(tmp_path.glob("voice-agent-bug-*.txt"))) == 1
