"""Builds LiveKit's agent, session and room options from a profile."""

from __future__ import annotations

import asyncio
from functools import partial

from livekit.agents import (
    NOT_GIVEN,
    Agent,
    TurnHandlingOptions,
)
from livekit.agents import vad as vad_module
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.types import NotGiven, NotGivenOr

from ..format.profile import Profile
from . import models, settings, told
from .agents.agent import HoldingAgent, first_agent
from .agents.settings import make_clients
from .call_state import CallState
from .listeners import listener
from .opening import begin
from .room import build_room_options
from .session import ProfileSession
from .tools import build_tools, offering
from .tools.servers import build_toolsets
from .tools.session_options import for_tools

__all__ = ["ProfileAgent", "build_agent", "build_room_options", "build_session"]


class ProfileAgent(Agent):
    """The agent a profile describes: its instructions, and how it opens a call."""

    def __init__(self, profile: Profile, call: CallState) -> None:
        turn_handling = TurnHandlingOptions(interruption={"enabled": profile.allow_interruptions})
        self._call = call
        self._first = told.instructions(call)
        tools = build_tools(call)
        super().__init__(
            id=profile.name,
            instructions=self._first,
            chat_ctx=told.earlier(call),
            tools=offering.offered(call, tools),
            turn_handling=turn_handling,
        )
        self._follow = partial(offering.follow, call, self, tools)
        self.entered = asyncio.Event()
        """Set once the opening has begun, at once for a profile without one."""

    @property
    def instructions(self) -> str | Instructions:
        """What the llm is told, with the values that variables have by now."""
        written = super().instructions
        # Whoever has replaced them since has the last word.
        return told.instructions(self._call) if written is self._first else written

    async def on_enter(self) -> None:
        """Open the call as the profile says, or wait for the caller to speak."""
        self._follow()
        if self._call.profile.on_enter is not None:
            begin(self.session, self._call, self._call.profile.on_enter)
        self.entered.set()


def build_agent(profile: Profile, call: CallState | None = None) -> ProfileAgent | HoldingAgent:
    """Return the agent that `profile` describes, for `call`, or with sample values.

    Of several, it is the one that takes the call.
    """
    call = call or CallState(profile)
    return first_agent(call) if profile.agents else ProfileAgent(profile, call)


def build_session(
    profile: Profile,
    vad: NotGivenOr[vad_module.VAD | None] = NOT_GIVEN,
    call: CallState | None = None,
) -> ProfileSession:
    """Return the session that `profile` describes; `vad` may be in place of what it asks for.

    `call` is the one that its agent is built for. An agent that hears nobody has none. Raises
    ValueError where the credentials for LiveKit Inference are missing.
    """
    if isinstance(vad, NotGiven):
        vad = listener(profile.vad) if profile.hears else None
    call = call or CallState(profile)
    fill = call.values.render_open
    session = ProfileSession(
        stt=models.hearing(profile.stt, vad, fill) if profile.stt else NOT_GIVEN,
        llm=models.thinking(profile.llm, fill),
        tts=models.speaking(profile.tts, fill) if profile.tts else NOT_GIVEN,
        vad=vad if profile.hears else None,
        turn_handling=_turn_handling(profile),
        tools=build_toolsets(call),
        **for_tools(profile, settings.session(profile.session)),
    )
    models.keep(session, *make_clients(call))
    # In the console and in a rehearsal there is no room whose options could say this.
    if not profile.hears:
        session.input.set_audio_enabled(False)
    if not profile.speaks:
        session.output.set_audio_enabled(False)
    return session


def _turn_handling(profile: Profile) -> TurnHandlingOptions:
    options = settings.turn_handling(profile.turn_handling)
    if profile.preemptive_generation is not None:
        early = options.get("preemptive_generation", {})
        options["preemptive_generation"] = {**early, "enabled": profile.preemptive_generation}
    if not profile.hears:
        options["turn_detection"] = None  # LiveKit's own would want a VAD
    return options
