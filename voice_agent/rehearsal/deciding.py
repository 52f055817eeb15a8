"""Which setting of a profile says whether callers may cut in, and on which line it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..format.declared_tools import mapping
from ..format.loader import examine_file
from ..format.profile import Profile
from ..format.short_forms import has, written_at
from ..format.yaml_source import Source
from . import cutting_in

_KEY = "allow_interruptions"


class Setting(NamedTuple):
    """A key of the profile, and its line; None if the profile leaves it out.

    `file` is the file that has that line, where it is not the profile's own.
    """

    key: str
    line: int | None = None
    file: str | None = None


def settings(profile: Profile) -> tuple[Setting, Setting, Setting]:
    """Return what lets callers cut in on the opening and on the rest, and by how many words."""
    source = _source(profile)
    rest = _setting(source, written_at(source.data, _KEY) if source else [_KEY])
    words = _setting(source, ["turn_handling", "interruption", "min_words"])
    if cutting_in.decides_by_itself(profile):
        return _setting(source, ["llm"]), _setting(source, ["llm"]), words
    return _of_opening(profile, source) or rest, rest, words


def _of_opening(profile: Profile, source: Source | None) -> Setting | None:
    """Return what lets callers cut in on the opening; None where the whole profile says it."""
    first = next(iter(profile.agents), "")
    opening = cutting_in.of_agent(profile, first).on_enter
    if opening is not None and opening.allow_interruptions is not None:
        where = [] if profile.on_enter else ["agents", first]
        return _setting(source, [*where, "on_enter", _KEY])
    return dict(_own(source)).get(first) if source else None


def agent_settings(profile: Profile) -> Mapping[str, Setting]:
    """Return what lets callers cut in on each of several agents that says so itself."""
    source = _source(profile) if profile.agents else None
    return dict(_own(source)) if source else {}


def _own(source: Source) -> Iterator[tuple[str, Setting]]:
    for name, agent in mapping(source.data.get("agents")).items():
        where = written_at(agent, _KEY)
        if has(agent, where):
            yield name, _setting(source, ["agents", name, *where])


def _source(profile: Profile) -> Source | None:
    return examine_file(profile.path).source if profile.path else None


def _setting(source: Source | None, where: Sequence[str]) -> Setting:
    name = ".".join(where)
    if source is not None:
        with suppress(KeyError):
            node = source.key(where)
            path = source.path_of(node)
            return Setting(name, source.line(node), None if path == source.path else path)
    return Setting(name)
