"""Several agents of one profile: who holds the call, what they collect, and their menus."""

from __future__ import annotations

from functools import partial

from ..call_state import CallState
from .agent import HoldingAgent
from .holding import holding_of


def first(call: CallState) -> HoldingAgent:
    """Return the agent that takes a call, of several; it hands over to the others by itself."""
    holding_of(call).begin(partial(HoldingAgent, call))
    return HoldingAgent(call, next(iter(call.profile.agents)))
