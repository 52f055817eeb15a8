"""The terminal and the sound devices of this machine, which the audio console needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

DEVICES = {"input": "microphone", "output": "speakers"}
"""The two kinds of sound devices, by their names in PortAudio."""


class NoSound(Exception):
    """Sound cannot be had; the message ends a sentence that begins with "because"."""


def require_console() -> None:
    """Raise NoSound where there is no terminal, no PortAudio, no microphone or no speakers."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise NoSound("there is no terminal")
    for kind, name in DEVICES.items():
        if not has_device(kind):
            raise NoSound(f"this machine has no {name}")


def require_portaudio() -> None:
    """Raise NoSound where PortAudio is missing or does not work."""
    _sounddevice()


def has_device(kind: str, wanted: str | None = None) -> bool:
    """Tell whether there is a device of a kind in DEVICES, or the one that is wanted.

    `wanted` is its number, or a part of its name. Raises NoSound without PortAudio.
    """
    sounddevice = _sounddevice()
    device = int(wanted) if wanted is not None and wanted.isdecimal() else wanted
    try:
        with _quiet_stderr():
            sounddevice.query_devices(device, kind=kind)
    except (sounddevice.PortAudioError, ValueError):
        return False
    return True


def failed(error: BaseException | None) -> bool:
    """Tell whether an error is that of a sound device."""
    sounddevice = sys.modules.get("sounddevice")
    return sounddevice is not None and isinstance(error, sounddevice.PortAudioError)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal; a service may run without the stream."""
    return stream is not None and stream.isatty()


def _sounddevice() -> Any:
    """Return the module that plays and records, which ships no types."""
    try:
        with _quiet_stderr():
            import sounddevice
    except OSError:
        reason = "PortAudio is not installed (Debian and Ubuntu: apt install libportaudio2)"
        raise NoSound(reason) from None
    except Exception as error:  # PortAudio's own, which has no name where the import fails.
        raise NoSound(f"PortAudio cannot start ({error})") from None
    return sounddevice


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    # ALSA prints a screen of complaints from C where there is no sound card.
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(null)
        os.close(saved)
