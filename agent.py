"""The voice agent that a YAML profile describes, as LiveKit runs it.

Start it with `python agent.py COMMAND --profile PROFILE`; LiveKit's own command line starts it
with AGENT_PROFILE in the environment and looks for `server` in this module.
"""

import os
import signal
import sys

if __name__ == "__main__":
    # Nothing is under way yet that would have to be ended; the call takes Ctrl-C over.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from voice_agent.commands import main as commands

# What needs no LiveKit, mistakes above all, is answered before the two seconds its import takes.
if __name__ == "__main__":
    invocation = commands.prepare(sys.argv[1:])
elif commands.started_by_livekit():
    commands.check_for_livekit(sys.argv[1:])

from livekit.agents import JobContext, JobProcess
from livekit.plugins import silero

from voice_agent.format import catalog
from voice_agent.runtime import build
from voice_agent.runtime.server import Server

server = Server()


def prewarm(process: JobProcess) -> None:
    """Load, once per process, what every call in it shares."""
    process.userdata["vad"] = silero.VAD.load()


server.setup_fnc = prewarm


@server.rtc_session()
async def entrypoint(context: JobContext) -> None:
    """Take one call."""
    profile = catalog.load_chosen()
    context.log_context_fields = {"room": context.room.name, "profile": profile.name}
    session = build.build_session(profile, vad=context.proc.userdata["vad"])
    await session.start(
        agent=build.build_agent(profile),
        room=context.room,
        room_options=build.build_room_options(profile),
    )
    await context.connect()


if __name__ == "__main__":
    sys.exit(commands.run(invocation, server))
