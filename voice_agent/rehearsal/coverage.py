"""What the calls of a rehearsal have reached of a profile, and what none of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..format.reachable import Item


@dataclass(frozen=True, slots=True)
class Reached:
    """In which calls something was reached."""

    calls: int
    first: str
    """The name of the first of them."""
    spoken: bool
    """Whether somebody spoke in one of them; in the others, both sides wrote."""
    talked_over: bool = False
    """Whether the caller spoke while a handoff was made, in one of them."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Something in a profile, with the calls that have reached it; None for no call."""

    item: Item
    derived: Reached | None = None
    """The calls that are derived from the profile."""
    written: Reached | None = None
    """The calls that the operator wrote."""

    @property
    def reached(self) -> tuple[Reached, ...]:
        """The calls of both kinds that there are."""
        return tuple(each for each in (self.derived, self.written) if each)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a profile the calls of a rehearsal have reached."""

    covered: tuple[Covered, ...] = ()
    """Everything that there is to reach, in the order of its lines."""
    first: str = ""
    """The agent that takes the call; "" in a profile that has one."""
    idle: tuple[str, ...] = ()
    """The names of the operator's calls that reach nothing but the agent that takes the call."""
    is_partial: bool = False
    """Whether only some of the calls were made, as the operator wanted it."""
    fail_under: float | None = None
    """The percentage that must be reached; None where it may be any."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The files of the profile by their paths, without the secrets that are written there."""

    @property
    def reached(self) -> int:
        """How much was reached."""
        return sum(bool(each.reached) for each in self.covered)

    @property
    def never(self) -> tuple[Covered, ...]:
        """What no call has reached."""
        return tuple(each for each in self.covered if not each.reached)

    @property
    def percent(self) -> float | None:
        """The percentage that was reached, rounded down; None where there is nothing to reach."""
        return 1000 * self.reached // len(self.covered) / 10 if self.covered else None

    @property
    def is_enough(self) -> bool:
        """Whether as much was reached as must be."""
        return 100 * self.reached >= (self.fail_under or 0) * len(self.covered)
