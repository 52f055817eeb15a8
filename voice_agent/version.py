"""The version of this program, and of what it runs on."""

from __future__ import annotations

VERSION = "0.1.0"


def versions() -> str:
    """Return the versions of this program, LiveKit Agents and Python, in a line."""
    # Here, as importing it takes longer than checking a valid profile.
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    try:
        livekit = f"LiveKit Agents {version('livekit-agents')}"
    except PackageNotFoundError:
        livekit = "without LiveKit Agents, which is not installed"
    return f"voice-agent {VERSION} ({livekit}, Python {python_version()})"
