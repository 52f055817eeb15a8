"""The avatar that shows and speaks for an agent, as a profile names it under `avatar`."""

from __future__ import annotations

from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, APIConnectOptions, inference

from ..format.profile import Profile
from . import offline, plugins
from .secrets import rendered


def build_avatar(profile: Profile) -> Any:
    """Return LiveKit's session of the avatar of `profile`; None without one, and offline.

    Raises UsageError where its plugin refuses its options, and ValueError where the credentials
    for LiveKit Inference are missing.
    """
    avatar = profile.avatar
    if avatar is None or offline.is_offline():
        return None
    if avatar.plugin:
        return plugins.construct_written(avatar.written, "avatar")
    options = rendered(avatar.written)
    if "conn_options" in options:
        options["conn_options"] = APIConnectOptions(**options["conn_options"])
    return inference.AvatarSession(**options)


async def bring(avatar: Any, session: AgentSession[None], room: rtc.Room) -> None:
    """Bring an avatar into `room`, before `session` is started there."""
    await avatar.start(session, room=room)
    if hasattr(avatar, "wait_for_join"):  # Some plugins' avatars have no class of LiveKit's.
        await avatar.wait_for_join()
