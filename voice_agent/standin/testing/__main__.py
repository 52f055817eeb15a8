"""`python -m voice_agent.standin.testing`: the stand-in with instruments, for tests."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..child import run
from .faults import Fault
from .instruments import TestInstruments
from .recording import Recorder


def main() -> int:
    """Serve with the instruments that the options name, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m voice_agent.standin.testing")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what clients send")
    parser.add_argument("--misbehave", action="append", default=[], metavar="FAULT")
    options = parser.parse_args()
    return run(
        lambda: TestInstruments(
            recorder=Recorder(options.record) if options.record else None,
            misbehave=[Fault.parse(text) for text in options.misbehave],
        )
    )


if __name__ == "__main__":
    sys.exit(main())
