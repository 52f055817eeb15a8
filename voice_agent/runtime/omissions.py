"""What a profile sets and a call does without, to be said where the call begins."""

from __future__ import annotations

from ..format.profile import Profile


def omissions(profile: Profile, *, in_room: bool) -> list[str]:
    """Return sentences on what a call of `profile` does without where it is in no room."""
    heard = profile.room.get("audio_input")
    keys = {
        "background_audio": profile.background_audio,
        "avatar": profile.avatar,
        "room.audio_input.noise_cancellation": (
            heard.get("noise_cancellation") if isinstance(heard, dict) else None
        ),
    }
    missing = [key for key, value in keys.items() if value is not None]
    if in_room or not missing:
        return []
    return [f"This call is in no room, so what needs one is left out: {', '.join(missing)}."]
