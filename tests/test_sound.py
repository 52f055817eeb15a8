"""What becomes of the commands that play or record where the machine's sound does not work."""

from __future__ import annotations

from pathlib import Path

import pytest
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
    run: Run, tmp_path: Path, module: str, reason: str
) -> None:
    shown = run("console", "--list-devices", **sound(tmp_path, module))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        f"The sound devices cannot be listed, because {reason}. "
        "Without one, there is the text console: python agent.py console --text\n"
    )


def test_a_machine_without_sound_devices_lists_none(run: Run, tmp_path: Path) -> None:
    shown = run("console", "--list-devices", **sound(tmp_path, WITHOUT_DEVICES))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Default" in shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("download-files",),
        ("console", "--help"),
        ("start", "--help"),
        ("list",),
        (*OFFLINE, "--text"),
        OFFLINE,
    ],
    ids=" ".join,
)
def test_no_other_command_needs_portaudio(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    shown = run(*words, **sound(tmp_path, WITHOUT_PORTAUDIO))
    assert shown.returncode == 0
    assert "PortAudio" not in shown.stderr


def test_portaudio_that_cannot_start_leaves_the_text_console(tmp_path: Path) -> None:
    with Terminal(*OFFLINE, **sound(tmp_path, BROKEN_PORTAUDIO)) as console:
        console.until("This is the text console, because PortAudio cannot start")
        console.until("Agent: .+")
        console.type("\x04")
        assert console.end() == 0


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
