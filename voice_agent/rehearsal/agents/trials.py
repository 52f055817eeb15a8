"""The calls that are derived from agents, fields and menus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...format.agents import Handoff
from ...format.profile import Profile
from ...format.tools import UNSET
from ...standin.values import value_of
from .field_trials import FIELDS, collections_of, of_fields, unknown_fields
from .handoff_trials import AGAIN, HANDOFFS, of_handoffs
from .menu_trials import KEYS, UNKNOWN_KEY, of_menus
from .trial import AgentTrial

__all__ = ["KINDS", "QUICK", "AgentTrial", "agent_trials", "unknown_fields"]

KINDS = (*HANDOFFS, AGAIN, *FIELDS, *KEYS, UNKNOWN_KEY)
"""What the names of these calls have after what they are about, and a colon."""
QUICK = ("goes well", "happens by itself", "given", "pressed")
"""Those of them that a quick rehearsal makes too."""


def agent_trials(profile: Profile, *, quick: bool = False) -> list[AgentTrial]:
    """Return every call that is derived from agents and what they collect, or a quick run's."""
    values = _given(profile)
    every = [*of_handoffs(profile), *of_fields(profile), *of_menus(profile)]
    return [
        replace(each, values={**values, **each.values})
        for each in every
        if not quick or each.kind in QUICK
    ]


def _given(profile: Profile) -> dict[str, Any]:
    """Return a value for every variable that a tool would set, other than those of conditions."""
    asked = {name for fields in collections_of(profile) for name in fields}
    asked |= {to for each in _every_handoff(profile) for to in each.parameters}
    asked |= {
        str(each.when.variable)
        for each in _every_handoff(profile)
        if not isinstance(each.when, str)
    }
    return {
        name: value_of({"type": each.type, **({"enum": [*each.enum]} if each.enum else {})})
        for name, each in profile.variables.items()
        if each.sample is UNSET and each.default is UNSET and name.partition(".")[0] not in asked
    }


def _every_handoff(profile: Profile) -> Iterator[Handoff]:
    yield from profile.handoffs.values()
    for agent in profile.agents.values():
        yield from agent.handoffs.values()
