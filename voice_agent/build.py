"""The public way from a profile to LiveKit's objects."""

from .runtime.build import build_agent, build_room_options, build_session

__all__ = ["build_agent", "build_room_options", "build_session"]
