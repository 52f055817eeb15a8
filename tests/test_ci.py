"""What .ci/run does beside running the tests."""

from __future__ import annotations

import re
import sys

import pytest
from support import ROOT
from support.program import run_command

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_lowest_versions_are_those_that_the_project_allows() -> None:
    shown = run_command([sys.executable, ".ci/lowest.py"])
    [floor] = re.findall(r'^    "livekit-agents\[silero\]>=([\d.]+),', PYPROJECT, re.MULTILINE)
    lines = shown.stdout.splitlines()
    assert f"livekit-agents=={floor}" in lines
    assert {"pyyaml", "pocketsphinx"} < {line.partition("==")[0] for line in lines}
    assert not [line for line in lines if line.startswith("pytest")]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sounddevice", "OSError: PortAudio library not found"),
        (
            "import shutil; print(any(map(shutil.which, ['chromium', 'node', 'go', 'parec'])))",
            "False",
        ),
        ("import livekit, voice_agent; print('packages')", "packages"),
    ],
)
def test_on_a_bare_machine_there_are_the_packages_and_little_else(code: str, said: str) -> None:
    shown = run_command([sys.executable, ".ci/bare.py", "-c", code])
    assert said in shown.stdout + shown.stderr
