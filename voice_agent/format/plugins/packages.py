"""The packages that bring LiveKit's plugins, and the command that installs one."""

from __future__ import annotations

import re
from functools import cache

from ..python.source import folders
from ..typos import closest

# LiveKit's plugins with versions of their own, which its extras do not name. To refresh: search
# PyPI for packages of LiveKit's whose names begin with livekit-plugins-.
_APART = {
    "ai_coustics": "livekit-plugins-ai-coustics",
    "hedra": "livekit-plugins-hedra",
    "noise_cancellation": "livekit-plugins-noise-cancellation",
}
# "livekit-plugins-minimax-ai>=1.8.9; extra == 'minimax'"
_EXTRA = re.compile(r"(livekit-plugins-[\w-]+)>=([\w.]+); extra == ['\"]([\w-]+)['\"]")


@cache
def published() -> dict[str, str]:
    """Return what to install for LiveKit's plugins, by the names of their modules.

    It is a requirement that fits the installed LiveKit, whose own extras say which these are.
    """
    from importlib.metadata import PackageNotFoundError, requires  # seldom needed, and slow

    try:
        written = requires("livekit-agents") or []
    except PackageNotFoundError:
        written = []
    found = [match for each in written if (match := _EXTRA.match(each))]
    extras = {each[3].replace("-", "_"): f"{each[1]}~={each[2]}" for each in found}
    return {**_APART, **extras}


@cache
def installed() -> tuple[str, ...]:
    """Return the names of the modules of the installed plugins."""
    entries = (each for folder in folders("livekit.plugins") for each in folder.iterdir())
    return tuple(sorted(each.name for each in entries if (each / "__init__.py").is_file()))


def slip_of(plugin: str) -> str | None:
    """Return the installed or published plugin that a name is a slip of; None without one."""
    return closest(plugin, (*installed(), *published()))


def package(plugin: str) -> str:
    """Return the name of the package that brings a plugin."""
    named = f"livekit-plugins-{plugin.replace('_', '-')}"
    return published().get(plugin, named).partition("~=")[0]


def how_to_get(plugin: str) -> str:
    """Return what to do about a plugin that is not installed."""
    if plugin in published():
        return f"type: {install(plugin)}"
    # A package of that name could be anybody's.
    return f'"{plugin}" is none of LiveKit\'s own plugins: install it, or name another'


def install(plugin: str) -> str:
    """Return the command that installs a plugin."""
    return f'pip install "{published().get(plugin, package(plugin))}"'
