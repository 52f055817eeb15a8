"""The package as pre-commit installs it: a wheel, without agent.py beside it."""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from support import ROOT
from support.program import run_python

WRONG = "instructions: Be brief.\nllm: openai/gpt-realtime\ncolour: blue\n"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    code = "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])"
    built = run_python(code, str(folder))
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def installed(unpacked: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the console script of the wheel."""
    [script] = unpacked.glob("*.dist-info/entry_points.txt")
    assert "voice-agent = voice_agent.commands.main:main\n" in script.read_text()
    code = f"import sys; sys.path.insert(0, {os.fspath(unpacked)!r})\n"
    code += "import voice_agent.commands.main as ours; ours.main()"
    return run_python(code, *words, cwd=cwd)


def test_the_wheel_checks_profiles_by_its_own_schema(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "desk.yaml").write_text(WRONG)
    shown = installed(unpacked, "validate", "profiles/desk.yaml", cwd=tmp_path)
    assert shown.returncode == 1
    assert shown.stdout.startswith('profiles/desk.yaml:3:1: unknown key "colour"; expected ')
    assert shown.stderr == ""


def test_the_wheel_finds_the_profiles_of_the_working_directory(
    unpacked: Path, tmp_path: Path
) -> None:
    assert installed(unpacked, "new", "desk", cwd=tmp_path).returncode == 0
    first = (tmp_path / "profiles" / "desk.yaml").read_text().splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (tmp_path / "profiles" / schema).samefile(
        unpacked / "voice_agent" / "schema" / "profile.schema.json"
    )
    shown = installed(unpacked, "validate", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (0, "1 profile, no problems\n")


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_the_wheel_says_which_commands_it_has(
    unpacked: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shown = installed(unpacked, *words, cwd=tmp_path)
    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: voice-agent COMMAND [OPTIONS]\n")
    listed = re.findall(r"^    (\w[\w-]*)(?: |$)", shown.stdout, re.MULTILINE)
    assert listed == ["validate", "list", "show", "new", "rehearse"]


def test_the_wheel_refuses_what_needs_agent_py(unpacked: Path, tmp_path: Path) -> None:
    shown = installed(unpacked, "console", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        '"console" is no command of voice-agent, which is what needs no agent.py. '
        "See: voice-agent --help\n"
    )


def test_the_hook_for_pre_commit_is_the_command_that_the_wheel_installs() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["id"] == "validate-voice-agent-profile"
    assert hook["entry"] == "voice-agent validate"
    assert hook["language"] == "python"
