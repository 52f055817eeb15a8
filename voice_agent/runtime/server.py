"""The worker: what every call in a process shares, and how one call is taken."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, TypedDict

from livekit.agents import JobContext, JobProcess

from ..errors import UsageError
from ..format import catalog
from ..format.diagnostics import InvalidProfile
from ..format.option_types import Recording
from . import avatar, background, build
from .call_state import CallState
from .environment import health_port
from .listeners import listener
from .livekit_internals import Server
from .origins import taken
from .refusal import refuse
from .secrets import hide_in_logs
from .tool_lines import HUNG_UP, ToolLines
from .tools.servers import Unavailable, connect
from .variables import Refused


def make_server(**options: Any) -> Server:
    """Return a worker that takes calls with the agent of the profile that AGENT_PROFILE names.

    `options` are those of LiveKit's `AgentServer`. Raises UsageError for a wrong AGENT_PORT.
    """
    server = Server(port=health_port(), **options)
    server.setup_fnc = prewarm
    server.rtc_session(entrypoint)
    return server


class _Recorded(TypedDict, total=False):
    """What LiveKit is told of recording: nothing, where a profile leaves it to the project."""

    record: bool | Recording


# Both are found by their names in the processes of calls, so they have to stay at the top.


def prewarm(_: JobProcess) -> None:
    """Load, once per process, what every call in it shares."""
    hide_in_logs()
    with suppress(InvalidProfile, UsageError):  # The call itself will say what is wrong.
        listener(catalog.load_chosen().vad)


def _tell_operator(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def entrypoint(context: JobContext) -> None:
    """Take one call."""
    profile = catalog.load_chosen()
    context.log_context_fields = {"room": context.room.name, "profile": profile.name}
    try:
        values = await taken(profile, context)
    except Refused as why:
        await refuse(context, why)
        return
    call = CallState(profile, values, context)
    session = build.build_session(profile, call=call)
    # In the console there is no room for a sound or a face, and nothing to record.
    in_room = not context.is_fake_job()
    if not in_room:
        call.watch(ToolLines(profile, _tell_operator).tell)
        session.on("close", lambda _: _tell_operator(HUNG_UP) if call.ended_by else None)
    player = background.build_player(profile) if in_room else None
    recording = profile.recording if in_room else None
    if in_room and (face := avatar.build_avatar(profile)):
        await avatar.bring(face, session, context.room)
    try:
        await connect(session)
    except Unavailable as why:
        await refuse(context, why)
        return
    await session.start(
        agent=build.build_agent(profile, call),
        room=context.room,
        room_options=build.build_room_options(profile),
        **_Recorded(record=recording) if recording is not None else _Recorded(),
    )
    hide_in_logs()  # also in that which LiveKit keeps of a call that is recorded
    await context.connect()
    if player:
        await background.play(player, context.room, session)
