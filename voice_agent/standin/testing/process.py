"""The stand-in as a child process that tests can watch, and have fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..process import Standin


class InstrumentedStandin(Standin):
    """The stand-in with its instruments.

    `record` is a file for what clients send (see `recording.Recorder`), and `misbehave` says how
    services fail: `SERVICE[:MODEL]=KIND[*TIMES]` (see `faults.Fault`).
    """

    module = "voice_agent.standin.testing"

    def __init__(self, *, record: Path | None = None, misbehave: Sequence[str] = ()) -> None:
        super().__init__()
        self.options = [f"--misbehave={fault}" for fault in misbehave]
        if record is not None:
            self.options.append(f"--record={record.absolute()}")
