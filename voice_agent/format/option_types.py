"""LiveKit's options in a profile, as it has them: only what the operator wrote.

Written from the schema by `python -m voice_agent.lint.refresh`; not edited by hand.
"""

from __future__ import annotations

from typing import NoReturn, TypedDict


class Endpointing(TypedDict, total=False):
    """What a profile sets of LiveKit's EndpointingOptions."""

    min_delay: float
    max_delay: float
    mode: NoReturn  # not in a profile
    alpha: NoReturn  # not in a profile


class Interruption(TypedDict, total=False):
    """What a profile sets of LiveKit's InterruptionOptions."""

    min_words: int
    enabled: NoReturn  # not in a profile
    mode: NoReturn  # not in a profile
    discard_audio_if_uninterruptible: NoReturn  # not in a profile
    min_duration: NoReturn  # not in a profile
    resume_false_interruption: NoReturn  # not in a profile
    false_interruption_timeout: NoReturn  # not in a profile
    backchannel_boundary: NoReturn  # not in a profile


class TurnHandling(TypedDict, total=False):
    """What a profile sets of LiveKit's TurnHandlingOptions."""

    endpointing: Endpointing
    interruption: Interruption
    turn_detection: NoReturn  # not in a profile
    preemptive_generation: NoReturn  # not in a profile
    user_turn_limit: NoReturn  # not in a profile


class Session(TypedDict, total=False):
    """What a profile sets of LiveKit's AgentSession."""

    user_away_timeout: float | None
    max_tool_steps: int
