"""A graph of agents as a flowchart of Mermaid, which GitHub, GitLab and editors draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...format.agents import BACK
from .drawing import Graph, Station, Way

_ARROWS = {"llm": "-->", "condition": "==>", "key": "-.->"}
# What Mermaid takes for text and nothing else, other than where a list may begin: "1." or "-".
_HARMLESS = re.compile(r"[^\W_]|(?<!^)[ ,'()?!/_-]|(?<!^)(?<!\d)\.")


def lines(found: Graph) -> Iterator[str]:
    """Yield the lines of a flowchart.

    A thin arrow is a handoff that the llm decides, a thick one a fixed condition, and a dotted one
    a key.
    """
    ids = {each.name: f"agent_{each.name}" for each in found.stations}
    if not found.has_agents:
        ids = {found.profile: "agent"}  # Its name may be anything.
    first = found.stations[0]
    yield "flowchart TD"
    yield f"  call([a call]) --> {ids[first.name]}"
    for station in found.stations:
        yield f'  {ids[station.name]}["{_label(station)}"]'
    ways = [way for each in found.stations for way in each.ways]
    if any(way.to == BACK for way in (*ways, *found.from_anywhere)):
        yield "  back([back to where it came from])"
    if found.from_anywhere:
        yield "  anywhere([from any agent])"
    for station in found.stations:
        yield from (f"  {ids[station.name]} {_arrow(way, ids)}" for way in station.ways)
    yield from (f"  anywhere {_arrow(way, ids)}" for way in found.from_anywhere)


def _label(station: Station) -> str:
    """Return the name of an agent, and below it what it has and collects."""
    below = {"tools": station.tools, "collects": station.collects}
    rows = [quoted(station.name)]
    rows += [quoted(f"{what}: {', '.join(names)}") for what, names in below.items() if names]
    rows += [quoted(f"key {key}: {does}") for key, does in (station.keys or {}).items()]
    return "<br/>".join(rows)


def _arrow(way: Way, ids: dict[str, str]) -> str:
    target = "back" if way.to == BACK else ids[way.to]
    return f'{_ARROWS[way.by]}|"{quoted(way.said)}"| {target}'


def quoted(text: str) -> str:
    """Return a text in which every character that could mean something to Mermaid is a code."""
    plain = " ".join(text.split())
    return "".join(
        char if _HARMLESS.match(plain, place) else f"#{ord(char)};"
        for place, char in enumerate(plain)
    )
