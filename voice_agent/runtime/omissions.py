"""What a profile sets and a call does without, to be said where the call begins."""

from __future__ import annotations

from ..format.profile import Profile


def omissions(profile: Profile, *, in_room: bool) -> list[str]:
    """Return sentences on what a call of `profile` does without where it is in no room."""
    keys = {"background_audio": profile.background_audio}
    missing = [key for key, value in keys.items() if value is not None]
    if in_room or not missing:
        return []
    return [f"This call is in no room, so what needs one is left out: {', '.join(missing)}."]
