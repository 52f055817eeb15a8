"""`python -m voice_agent.standin`: the gateway as a process; see `process.Standin`."""

from __future__ import annotations

import sys

from .child import run
from .instruments import Instruments

if __name__ == "__main__":
    sys.exit(run(Instruments))
