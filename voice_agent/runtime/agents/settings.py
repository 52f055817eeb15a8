"""The models and the turn handling that one agent of several has of its own."""

from __future__ import annotations

from typing import Any, TypedDict
from weakref import WeakKeyDictionary

from livekit.agents import InterruptionOptions, TurnHandlingOptions, stt, tts

from ...format.agents import Agent
from ...format.profile import Profile
from .. import models, settings
from ..call_state import CallState
from ..listeners import listener


class Clients(TypedDict, total=False):
    """The models that an agent has of its own."""

    stt: stt.STT[Any]
    llm: models.Llm
    tts: tts.TTS[Any]


def turn_handling(profile: Profile, agent: Agent) -> TurnHandlingOptions:
    """Return what an agent has LiveKit do about turns: its own options, over the profile's."""
    options = settings.turn_handling(agent.turn_handling)
    allow = profile.allow_interruptions
    if agent.allow_interruptions is not None:
        allow = agent.allow_interruptions
    interruption = InterruptionOptions(**{**options.get("interruption", {}), "enabled": allow})
    return TurnHandlingOptions(**{**options, "interruption": interruption})


_of_calls: WeakKeyDictionary[CallState, dict[str, Clients]] = WeakKeyDictionary()


def make_clients(call: CallState) -> list[Any]:
    """Make the models that the agents of a call have of their own, before it begins.

    Raises ValueError where the credentials for one are missing.
    """
    return [each for name in call.profile.agents for each in clients(call, name).values()]


def clients(call: CallState, name: str) -> Clients:
    """Return the models that an agent has of its own, which are made once in a call."""
    made = _of_calls.setdefault(call, {})
    if name not in made:
        made[name] = _clients(call, call.profile.agents[name])
    return made[name]


def _clients(call: CallState, agent: Agent) -> Clients:
    made, fill = Clients(), call.values.render_open
    if agent.stt:
        vad = listener(call.profile.vad) if call.profile.hears else None
        made["stt"] = models.hearing(agent.stt, vad, fill)
    if agent.llm:
        made["llm"] = models.thinking(agent.llm, fill)
    if agent.tts:
        made["tts"] = models.speaking(agent.tts, fill)
    return made
