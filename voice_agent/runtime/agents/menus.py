"""Menus for the keys of a telephone."""

from __future__ import annotations

from livekit.agents import AgentSession

from ...format.agents import Menu
from ..call_state import CallState


class MenuPlayer:
    """A menu in one call, while its agent holds it."""

    def __init__(self, menu: Menu, call: CallState) -> None:
        self._menu = menu
        self._call = call

    def start(self, session: AgentSession[None]) -> None:
        """Say what the menu offers, and take keys from now on."""
        raise NotImplementedError

    def stop(self) -> None:
        """Take no keys any more."""
