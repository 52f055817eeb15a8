"""Whether a profile lets callers cut in, and by how many words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from livekit.agents.tokenize.basic import split_words

from ..format.models import hears_and_speaks
from ..format.option_types import TurnHandling
from ..format.profile import Profile


def may_cut_in(profile: Profile, *, opening: bool) -> bool:
    """Return whether the profile lets callers cut in, on its opening or on the rest of the call."""
    if decides_by_itself(profile):
        return True
    if opening and profile.on_enter and profile.on_enter.allow_interruptions is not None:
        return profile.on_enter.allow_interruptions
    return profile.allow_interruptions


def of_agent(profile: Profile, name: str) -> Profile:
    """Return the profile as it is while one of its agents holds; as it is for the name "".

    Only the agent that takes the call has an opening.
    """
    agent = profile.agents.get(name)
    if agent is None:
        return profile
    opening = (profile.on_enter or agent.on_enter) if name == next(iter(profile.agents)) else None
    turns: TurnHandling = {**profile.turn_handling, **agent.turn_handling}
    allow = agent.allow_interruptions
    return replace(
        profile,
        llm=agent.llm or profile.llm,
        on_enter=opening,
        turn_handling=turns,
        allow_interruptions=profile.allow_interruptions if allow is None else allow,
    )


def decides_by_itself(profile: Profile) -> bool:
    """Return whether a realtime model decides when callers may cut in, and not LiveKit.

    See `AgentActivity._resolve_rt_turn_detection_enabled` of livekit/agents.
    """
    if not hears_and_speaks(profile.llm):
        return False
    options = profile.llm.first.options
    if "turn_detection" in options:
        detection = options["turn_detection"]
        return detection is not None and detection.get("create_response") is not False
    handling: Mapping[str, Any] = profile.turn_handling
    if "mode" in (handling.get("interruption") or {}):
        return False
    return handling.get("turn_detection") in (None, "stt", "realtime_llm")


def words_in(text: str) -> int:
    """Count words as LiveKit does for `min_words`: a letter of Chinese or Japanese is one."""
    return len(split_words(text, split_character=True))


def min_words(profile: Profile) -> int:
    """Return how many words a caller must say to cut in; LiveKit's default is none."""
    if decides_by_itself(profile):
        return 0
    return profile.turn_handling.get("interruption", {}).get("min_words", 0)


def echo_warm_up(profile: Profile) -> float:
    """Return the seconds, from the agent's first word on, in which LiveKit lets nobody cut in."""
    return profile.session.get("aec_warmup_duration", 3.0) or 0.0


def min_duration(profile: Profile) -> float:
    """Return for how many seconds a caller must speak to cut in."""
    return profile.turn_handling.get("interruption", {}).get("min_duration", 0.5)
