"""LiveKit's own command line, as LiveKit makes it for our server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer.core import TyperCommand


def livekit_cli() -> dict[str, TyperCommand]:
    """Return the commands of LiveKit's command line by name, of which it has no public list."""
    from livekit.agents.cli._legacy import _build_cli
    from typer.main import get_command

    import agent

    return dict(get_command(_build_cli(agent.server)).commands)  # type: ignore[attr-defined]
