"""What becomes of the commands that play or record where the machine's sound does not work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from livekit.agents import Plugin
from support import ROOT
from support.program import Run, Terminal

OFFLINE = ("console", "--offline", "--profile", "receptionist")

# What `import sounddevice` finds, in place of the package.
WITHOUT_PORTAUDIO = "raise OSError('PortAudio library not found')\n"
BROKEN_PORTAUDIO = "raise Exception('Error initializing PortAudio: Host error')\n"
WITHOUT_DEVICES = """
class PortAudioError(Exception): pass
class default: device = (-1, -1)
def query_devices(device=None, kind=None):
    if kind: raise PortAudioError('no device')
    return []
"""
BUSY = """
class PortAudioError(Exception): pass
class default: device = (0, 0)
def query_devices(device=None, kind=None):
    if device == 'Nonesuch': raise ValueError('no device')
    return {'name': 'fake'}
class InputStream:
    def __init__(self, **options): raise PortAudioError('Device unavailable')
OutputStream = InputStream
"""


def sound(folder: Path, module: str) -> dict[str, str]:
    """Return the variables of a machine whose sound is what `module` plays."""
    (folder / "sounddevice.py").write_text(module)
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


@pytest.fixture
def sound_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have this process import a module in place of the package."""

    def replace(module: str) -> None:
        sound(tmp_path, module)
        monkeypatch.syspath_prepend(tmp_path)
        # Set first, so that the module is forgotten after the test.
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        del sys.modules["sounddevice"]

    return replace


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (
            WITHOUT_PORTAUDIO,
            "PortAudio is not installed (Debian and Ubuntu: apt install libportaudio2)",
        ),
        (
            BROKEN_PORTAUDIO,
            "PortAudio cannot start (Error initializing PortAudio: Host error)",
        ),
    ],
)
def test_devices_cannot_be_listed_without_portaudio_and_the_sentence_says_what_to_install(
    run_here: Run, sound_here: Callable[[str], None], module: str, reason: str
) -> None:
    sound_here(module)
    shown = run_here("console", "--list-devices")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        f"The sound devices cannot be listed, because {reason}. "
        "Without one, there is the text console: python agent.py console --text\n"
    )


def test_a_machine_without_sound_devices_lists_none(
    run_here: Run, sound_here: Callable[[str], None]
) -> None:
    sound_here(WITHOUT_DEVICES)
    shown = run_here("console", "--list-devices")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Default" in shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("download-files",),
        ("console", "--help"),
        ("start", "--help"),
        ("list",),
    ],
    ids=" ".join,
)
def test_no_other_command_needs_portaudio(
    run_here: Run,
    sound_here: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    sound_here(WITHOUT_PORTAUDIO)
    # Another test may have imported a plugin whose files are on the network.
    monkeypatch.setattr(Plugin, "registered_plugins", [])
    shown = run_here(*words)
    assert shown.returncode == 0
    assert "PortAudio" not in shown.stderr


@pytest.mark.calls
@pytest.mark.parametrize("words", [(*OFFLINE, "--text"), OFFLINE], ids=" ".join)
def test_no_call_in_text_needs_portaudio(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    shown = run(*words, **sound(tmp_path, WITHOUT_PORTAUDIO))
    assert shown.returncode == 0
    assert "PortAudio" not in shown.stderr


@pytest.mark.calls
def test_portaudio_that_cannot_start_leaves_the_text_console(tmp_path: Path) -> None:
    with Terminal(*OFFLINE, **sound(tmp_path, BROKEN_PORTAUDIO)) as console:
        console.until("This is the text console, because PortAudio cannot start")
        console.until("Agent:.+")
        console.type("\x04")
        assert console.end() == 0


@pytest.mark.calls
def test_a_device_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with Terminal(*OFFLINE, **sound(tmp_path, BUSY)) as console:
        assert console.end() == 2
        shown = " ".join(console.shown.split())
        assert (
            "The microphone or the speakers cannot be used: Device unavailable. Choose others "
            "with --input-device and --output-device, or write: add --text." in shown
        )
        assert "Traceback" not in console.shown


def test_a_device_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    words = (*OFFLINE, "--output-device", "Nonesuch")
    with Terminal(*words, **sound(tmp_path, BUSY)) as console:
        assert console.end() == 2
        assert console.shown.replace("\r\n", "\n") == (
            '--output-device is "Nonesuch", but this machine has no such speakers. '
            "See what it has: python agent.py console --list-devices\n"
        )
