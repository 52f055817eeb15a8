"""The calls that are derived from menus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...format.agents import Key, Menu
from ...format.profile import Profile
from .moves import Awaited, Move, calls
from .trial import AgentTrial, trial_of
from .ways import (
    way_to,
)

KEYS = ("pressed", "chosen by voice")
UNKNOWN_KEY = "unknown key"


def of_menus(profile: Profile) -> Iterator[AgentTrial]:
    """Yield every call that is derived from a key of a menu."""
    for name, agent in profile.agents.items():
        way = way_to(profile, name)
        if agent.menu is None or way is None:
            continue
        for path, key in _keys(agent.menu):
            for kind, move in _of_key(path):
                yield replace(
                    trial_of(profile, move, way=way, left=name, key=key, menu=key.menu),
                    subject=f"{name} key {'.'.join(path)}",
                    kind=kind,
                    keys=".".join(path),
                )
        if unknown := next((each for each in "0123456789*#" if each not in agent.menu.keys), ""):
            move = Move(keys=unknown)
            trial = trial_of(profile, move, way=way, left=name, agent=name, menu=agent.menu)
            yield replace(trial, subject=f"{name} menu", kind=UNKNOWN_KEY)


def _keys(menu: Menu, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    for digit, key in menu.keys.items():
        yield (*above, digit), key
        if key.menu is not None:
            yield from _keys(key.menu, (*above, digit))


def _of_key(path: Sequence[str]) -> Iterator[tuple[str, Move]]:
    there = Awaited("key_pressed", ".".join(path))
    yield "pressed", Move(keys="".join(path), awaits=there)
    yield "chosen by voice", Move((calls("choose", {"key": ".".join(path)}),), there)
