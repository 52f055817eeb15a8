"""The table of docs/plugins.md: what the source of LiveKit's plugins says of their options."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..format.plugins.packages import package
from ..format.plugins.roles import everything, is_installed
from ..format.plugins.source import Constructor, PluginError, constructor

FILE = Path("docs", "plugins.md")
BEGIN, END = "<!-- plugins -->", "<!-- end -->"
PLUGINS = (
    "ai_coustics",
    "anthropic",
    "aws",
    "azure",
    "cartesia",
    "deepgram",
    "elevenlabs",
    "google",
    "groq",
    "hedra",
    "noise_cancellation",
    "openai",
    "silero",
    "speechmatics",
    "tavus",
    "turn_detector",
    "xai",
)
"""The plugins that the tests read and make instances of, by the names of their modules."""


def versions() -> str:
    """Return the sentence that names the packages that the table was read from."""
    named = []
    for plugin in PLUGINS:
        try:
            named.append(f"{plugin} {version(package(plugin))}")
        except PackageNotFoundError:
            named.append(f"no {plugin}")
    return f"Read from {', '.join(named[:-1])} and {named[-1]}."


def missing() -> list[str]:
    """Return the plugins of the table that are not installed."""
    return [each for each in PLUGINS if not is_installed(each)]


def table() -> str:
    """Return the table, with its versions."""
    rows = [row for plugin in PLUGINS for row in _rows(plugin)]
    head = "| `plugin:` | for | checked | not checked | takes Python objects |"
    return "\n".join([head, "| --- | --- | ---: | --- | --- |", *rows, "", versions()])


def _rows(plugin: str) -> list[str]:
    rows = []
    for role, name in everything(plugin):
        try:
            found = constructor(name, role)
        except PluginError:
            continue
        if found.name == name:  # silero.VAD is made by silero.VAD.load
            rows.append(_row(found))
    return rows


def _row(found: Constructor) -> str:
    parts = found.part["properties"]
    objects = [key for key, part in parts.items() if "x-object" in part]
    unchecked = [key for key, part in parts.items() if "x-unchecked" in part]
    if found.part["additionalProperties"]:
        unchecked.append("any other")
    checked = str(len(parts) - len(objects) - len([each for each in unchecked if each in parts]))
    cells = (f"`{found.name}`", f"`{found.role}`", checked, _listed(unchecked), _listed(objects))
    return f"| {' | '.join(cells)} |"


def _listed(names: list[str]) -> str:
    return ", ".join(each if " " in each else f"`{each}`" for each in names) or "none"


def written_into(page: str) -> str:
    """Return the text of the page with the table of today."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"
