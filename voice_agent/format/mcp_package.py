"""The package that connects to MCP servers, which is an extra of LiveKit's."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ..errors import UsageError
from .profile import Profile

INSTALL = 'pip install "livekit-agents[mcp]"'
"""The command that installs it."""

_PACKAGE, _OLDEST = "mcp", 2


@cache
def is_installed() -> bool:
    """Tell whether it is there, in a version that LiveKit can use."""
    try:
        return int(version(_PACKAGE).partition(".")[0]) >= _OLDEST
    except (PackageNotFoundError, ValueError):
        return False


def require(profile: Profile) -> None:
    """Raise UsageError with the command to type where a profile needs it and it is not there."""
    if profile.mcp_servers and not is_installed():
        raise UsageError(
            f'The profile "{profile.name}" has MCP servers, and the package that connects to them '
            f"is not installed. Type: {INSTALL}"
        )
