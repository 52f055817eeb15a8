"""The voice agent that a YAML profile describes, as LiveKit runs it.

Start it with `python agent.py COMMAND --profile PROFILE`; LiveKit's own command line starts it
with AGENT_PROFILE in the environment and looks for `server` in this module.
"""

import os
import signal
import sys

if __name__ == "__main__":
    # Ctrl-C is no reason for a traceback, even while the program is being imported.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from voice_agent.commands import main as commands

# What needs no LiveKit, mistakes above all, is answered before the two seconds its import takes.
if __name__ == "__main__":
    sys.exit(commands.main())
else:
    commands.check_for_livekit()

from voice_agent.runtime.server import make_server

server = make_server()
