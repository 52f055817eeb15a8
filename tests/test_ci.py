"""What .ci/run does beside running the tests."""

from __future__ import annotations

import re
import sys

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


def test_on_a_bare_machine_there_are_the_packages_and_little_else() -> None:
    code = """
import shutil
import livekit, voice_agent
hidden = ("chromium", "node", "npm", "go", "parec", "espeak-ng", "tmux")
print([name for name in hidden if shutil.which(name)])
import sounddevice
"""
    shown = run_command([sys.executable, ".ci/bare.py", "-c", code])
    assert shown.stdout == "[]\n"
    assert shown.stderr.endswith("OSError: PortAudio library not found\n")
