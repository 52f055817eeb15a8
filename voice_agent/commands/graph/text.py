"""A graph of agents for a terminal: an agent after the other, with arrows to where calls go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...format.diagnostics import printable, width
from .drawing import Graph, Station, Way

_COLUMNS = 80
_WIDEST_NAME = 20  # Below a longer one, the condition begins on a line of its own.


def lines(found: Graph) -> Iterator[str]:
    """Yield the lines of a graph, of at most 80 columns."""
    first, *others = found.stations
    yield from _station(first, f"{first.name}, where calls begin")
    for station in others:
        yield ""
        yield from _station(station, station.name)
    if found.from_anywhere:
        yield ""
        yield "from any agent"
        yield from _ways(found.from_anywhere)
    ways = [*found.from_anywhere, *(way for each in found.stations for way in each.ways)]
    if any(way.by != "llm" for way in ways):
        yield ""
        yield "[What is in brackets, no llm decides.]"


def _station(station: Station, title: str) -> Iterator[str]:
    bar = "│ " if station.ways else "  "
    yield from _wrapped(printable(title), "", "  ")
    has = {"tools": station.tools, "collects": station.collects}
    for what, names in has.items():
        if names:
            yield from _wrapped(", ".join(names), f"{bar}{what}: ", f"{bar}  ")
    for key, does in (station.keys or {}).items():
        yield from _wrapped(_plain(does), f"{bar}key {key}: ", f"{bar}  ")
    yield from _ways(station.ways)


def _ways(ways: Sequence[Way]) -> Iterator[str]:
    column = 6 + min(max((len(way.to) for way in ways), default=0), _WIDEST_NAME)
    for way in ways:
        is_last = way is ways[-1]
        start = f"{'└' if is_last else '├'}─→ {way.to}"
        further = ("" if is_last else "│").ljust(column)
        if len(start) + 2 > column:
            yield start
            start = further
        yield from _wrapped(_plain(way.said), start.ljust(column), further)


def _plain(text: str) -> str:
    """Return a text on one line, without what a terminal would obey."""
    return printable(" ".join(text.split()))


def _wrapped(text: str, start: str, further: str) -> Iterator[str]:
    """Yield a text on as many lines as it takes, of which the first begins otherwise."""
    begin = start
    while True:
        room = _COLUMNS - width(begin)
        here, text = _split(text, room)
        yield f"{begin}{here}".rstrip()
        if not text:
            return
        begin = further


def _split(text: str, room: int) -> tuple[str, str]:
    """Return what fits into so many columns, and the rest; words that are longer are broken."""
    if width(text) <= room:
        return text, ""
    end = 0
    while width(text[: end + 1]) <= room:
        end += 1
    space = text.rfind(" ", 0, end + 1)
    end = space if space > 0 else max(end, 1)
    return text[:end], text[end:].lstrip()
