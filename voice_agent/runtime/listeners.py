"""What tells speech from silence, shared by the sessions of a process that ask for the same."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from livekit.agents import inference, vad
from livekit.plugins import silero

from ..format.option_types import Vad
from . import plugins
from .offline import is_offline


def listener(written: Vad | None) -> vad.VAD | None:
    """Return what a profile's `vad` asks for; None where it asks for none."""
    return None if written is None else _loaded(json.dumps(written, sort_keys=True))


@cache
def _loaded(written: str) -> vad.VAD:
    options: dict[str, Any] = json.loads(written)
    if "plugin" in options:
        if is_offline():
            return silero.VAD.load()
        made: vad.VAD = plugins.construct_written(options, "vad")
        return made
    return inference.VAD(**options) if "model" in options else silero.VAD.load(**options)
