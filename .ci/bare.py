"""Run Python as on a machine that has little else: `python .ci/bare.py -m pytest`.

Neither PortAudio nor espeak-ng, Chromium, Node.js, Go or tmux can be found, although they may be
installed, and the home folder is empty. The packages are those of the Python that runs this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

HIDDEN = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("node", "nodejs", "npm", "npx", "go", "gofmt"),
    *("espeak-ng", "espeak", "tmux"),
    *("pulseaudio", "pacat", "pactl", "parec"),
)
# What the real one does where there is no PortAudio.
SOUNDDEVICE = 'raise OSError("PortAudio library not found")\n'


def link(folder: Path, found_in: list[str]) -> Path:
    """Fill a folder with links to the programs found there but the hidden ones, and return it."""
    folder.mkdir(exist_ok=True)
    for each in found_in:
        for program in Path(each).iterdir() if Path(each).is_dir() else ():
            name = folder / program.name
            if program.name not in HIDDEN and not name.exists() and not name.is_symlink():
                name.symlink_to(program)
    return folder


def python(folder: Path) -> Path:
    """Make a Python with our packages and without PortAudio, and return its path."""
    venv.create(folder, symlinks=True)
    link(folder / "bin", [sysconfig.get_path("scripts")])
    here = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (here / "sounddevice.py").write_text(SOUNDDEVICE)
    ours = sysconfig.get_path("purelib")
    (here / "packages.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return folder / "bin" / "python"


def check(executable: Path, path: str) -> None:
    """End with a sentence where something hidden can be found all the same."""
    found = [name for name in HIDDEN if shutil.which(name, path=path)]
    imported = subprocess.run([executable, "-c", "import sounddevice"], capture_output=True)
    if b"OSError: PortAudio library not found" not in imported.stderr:
        found.append("PortAudio")
    if found:
        sys.exit(f"This machine is not bare: {', '.join(found)} can be found.")


def main() -> int:
    """Run Python with these arguments, and return its exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = str(link(folder / "bin", os.get_exec_path()))
        executable = python(folder / "python")
        check(executable, path)
        (folder / "home").mkdir()
        bare = {**os.environ, "PATH": path, "HOME": str(folder / "home")}
        bare.pop("REQUIRE_ALL", None)
        return subprocess.run([executable, *sys.argv[1:]], env=bare).returncode


if __name__ == "__main__":
    sys.exit(main())
