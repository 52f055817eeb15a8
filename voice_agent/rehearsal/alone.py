"""A profile in which one of several agents takes the call and keeps it.

What is checked of every agent, and of every tool, is then checked of that agent, whatever way leads
to it and from it.
"""

from __future__ import annotations

from dataclasses import replace

from ..format.option_types import TurnHandling
from ..format.profile import Profile


def first_alone(profile: Profile) -> Profile:
    """Return the profile with its first agent alone; one without agents as it is."""
    first = next(iter(profile.agents), None)
    return profile if first is None else alone(profile, first)


def alone(profile: Profile, name: str) -> Profile:
    """Return the profile with the agent of this name alone, which collects nothing."""
    agent = profile.agents[name]
    is_first = name == next(iter(profile.agents))
    allow = agent.allow_interruptions
    turns: TurnHandling = {**profile.turn_handling, **agent.turn_handling}
    tools = tuple(sorted(profile.tools_of(name)))
    kept = replace(agent, tools=tools, collect={}, menu=None, handoffs={}, on_enter=None)
    return replace(
        profile,
        agents={name: kept},
        handoffs={},
        stt=agent.stt or profile.stt,
        llm=agent.llm or profile.llm,
        tts=agent.tts or profile.tts,
        turn_handling=turns,
        allow_interruptions=profile.allow_interruptions if allow is None else allow,
        on_enter=(profile.on_enter or agent.on_enter) if is_first else None,
    )


def with_tool(profile: Profile, source: str) -> Profile | None:
    """Return the profile with the first agent alone that has a tool, or the tools of a server.

    A profile without agents is returned as it is; None where no agent has it.
    """
    if not profile.agents:
        return profile
    holders = (name for name in profile.agents if source in profile.tools_of(name))
    holder = next(holders, None)
    return None if holder is None else alone(profile, holder)
