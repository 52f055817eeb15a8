"""LiveKit's audio console, with a sound card that is software: what the agent says is heard."""

from __future__ import annotations

import array
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.parts import SOUND_SERVER
from support.program import Terminal

RATE = 16000


@dataclass(frozen=True)
class SoundCard:
    variables: dict[str, str]

    def loud_seconds(self, recorded: Path) -> float:
        """Return for how long the speakers have been heard."""
        samples = array.array("h", recorded.read_bytes()[: recorded.stat().st_size // 2 * 2])
        size = RATE // 10
        parts = [samples[start : start + size] for start in range(0, len(samples), size)]
        return sum(max(part) > 500 for part in parts) / 10


@pytest.fixture
def sound_card(tmp_path: Path) -> Iterator[SoundCard]:
    """Give the machine speakers and a silent microphone."""
    (tmp_path / ".asoundrc").write_text("pcm.!default pulse\nctl.!default pulse\n")
    socket = tmp_path / "sound.sock"
    variables = {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "PULSE_SERVER": f"unix:{socket}",
    }
    every = {**os.environ, **variables}
    modules = (
        f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
        "module-null-sink sink_name=speakers",
        "module-null-sink sink_name=nobody",
    )
    server = subprocess.Popen(
        [SOUND_SERVER.path(), "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-target=null"]
        + [f"--load={module}" for module in modules],
        env=every,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while subprocess.run(["pactl", "info"], env=every, capture_output=True).returncode:
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    subprocess.run(["pactl", "set-default-sink", "speakers"], env=every, check=True)
    subprocess.run(["pactl", "set-default-source", "nobody.monitor"], env=every, check=True)
    yield SoundCard(variables)
    server.terminate()
    server.wait()


@pytest.mark.calls
def test_with_a_microphone_and_speakers_the_opening_is_heard(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    recorded = tmp_path / "recorded"
    command = ["parec", "--device=speakers.monitor", f"--rate={RATE}", "--channels=1", "--raw"]
    with recorded.open("wb") as output:
        ears = subprocess.Popen(command, stdout=output, env={**os.environ, **sound_card.variables})
    words = ("console", "--offline", "--profile", "uninterruptable")
    with Terminal(*words, **sound_card.variables) as console:
        deadline = time.monotonic() + 60
        while sound_card.loud_seconds(recorded) < 2:
            assert time.monotonic() < deadline, console.read()
            console.read(0.2)
        console.process.send_signal(signal.SIGINT)
        assert console.end() == 130
    ears.terminate()
    ears.wait()
    assert "text console" not in console.shown
    assert "Traceback" not in console.shown
    assert "DEBUG" not in console.shown


@pytest.mark.calls
@pytest.mark.parametrize(
    ("sounddevice", "reason"),
    [
        ("raise OSError('PortAudio library not found')", "PortAudio is not installed"),
        (
            "class PortAudioError(Exception): pass\n"
            "def query_devices(device, kind): raise PortAudioError('no device')",
            "this machine has no microphone",
        ),
        (
            "class PortAudioError(Exception): pass\n"
            "def query_devices(device, kind):\n"
            "    if kind == 'output': raise ValueError('no device')",
            "this machine has no speakers",
        ),
    ],
)
def test_without_audio_the_text_console_says_why(
    tmp_path: Path, sounddevice: str, reason: str
) -> None:
    (tmp_path / "sounddevice.py").write_text(sounddevice)
    words = ("console", "--offline", "--profile", "receptionist")
    with Terminal(*words, PYTHONPATH=str(tmp_path)) as console:
        console.until(f"This is the text console, because {reason}")
        console.until("Agent:.+")
        console.type("\x04")
        assert console.end() == 0


def test_an_option_for_audio_is_refused_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    words = ("console", "--offline", "--profile", "receptionist", "--record")
    with Terminal(*words, PYTHONPATH=str(tmp_path)) as console:
        console.until("--record is for the audio console, but PortAudio is not installed")
        assert console.end() == 2
