"""The ways that calls can go from agent to agent, and the shortest one to each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...format.agents import BACK, COLLECTED, Condition, Handoff, Menu
from ...format.profile import Profile
from ...format.tool_schema import schema_of
from ...format.tools import Field, Tool
from ..tools import samples
from ..tools.offered import offered_by
from .collected import Given, known
from .moves import Awaited, Move, calls


@dataclass(frozen=True, slots=True)
class Leg:
    """One step from an agent to another, and what the caller does for it."""

    to: str
    moves: tuple[Move, ...]


def first_of(profile: Profile) -> str:
    """Return the agent that takes the call."""
    return next(iter(profile.agents))


def opens(profile: Profile) -> bool:
    """Return whether the agent that takes the call speaks first."""
    if profile.on_enter is not None:
        return True
    first = next(iter(profile.agents.values()), None)
    return first is not None and bool(first.on_enter or first.menu or first.collect)


def way_to(profile: Profile, agent: str) -> tuple[Move, ...] | None:
    """Return the moves that bring a call to an agent; None where no way is known."""
    return way_from(profile, first_of(profile), agent)


def way_from(profile: Profile, start: str, agent: str) -> tuple[Move, ...] | None:
    """Return the moves that bring a call from one agent to another, by the fewest handoffs."""
    reached: dict[str, tuple[Move, ...]] = {start: ()}
    ahead = deque([start])
    while ahead and agent not in reached:
        here = ahead.popleft()
        for leg in legs(profile, here):
            if leg.to not in reached:
                reached[leg.to] = (*reached[here], *leg.moves)
                ahead.append(leg.to)
    return reached.get(agent)


def legs(profile: Profile, agent: str) -> Iterator[Leg]:
    """Yield every step from an agent that a caller can bring about."""
    for to, handoff in profile.handoffs_of(agent).items():
        moves = None if to == BACK else moves_for(profile, agent, to, handoff)
        if moves is not None:
            yield Leg(to, moves)
    menu = profile.agents[agent].menu
    for path, to in keys_to(menu) if menu else ():
        if to != BACK:
            yield Leg(to, (Move(keys=path, awaits=Awaited("agent_entered", to)),))


def keys_to(menu: Menu, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys that lead to agents, after those on the way there."""
    for digit, key in menu.keys.items():
        if key.handoff is not None:
            yield before + digit, key.handoff
        if key.menu is not None:
            yield from keys_to(key.menu, before + digit)


def moves_for(
    profile: Profile, agent: str, to: str, handoff: Handoff, entered: str = ""
) -> tuple[Move, ...] | None:
    """Return the moves that bring about a handoff; None where none are known.

    `entered` is the agent that is entered then, where `to` does not say it.
    """
    entered = entered or to
    there = Awaited("agent_entered", entered)
    if handoff.is_for_the_llm:
        arguments = arguments_for(handoff)
        tool = f"handoff_to_{to}" if to != BACK else "handoff_back"
        return None if arguments is None else (Move((calls(tool, arguments),), there),)
    if handoff.when == COLLECTED:
        given = giving(profile.agents[agent].collect)
        return given and (*given, Move(waits=True, awaits=there))
    if not isinstance(handoff.when, Condition):
        return None
    if handoff.when.variable is not None:
        return None  # Nobody knows what sets it.
    call = tool_call(profile, str(handoff.when.tool))
    if call is None:
        return None
    declared = profile.tools.declared.get(str(handoff.when.tool))
    if declared is None or not declared.collect:
        return (Move((call,), there),)
    given = giving(declared.collect)
    return given and (Move((call,)), *given, Move(waits=True, awaits=there))


def arguments_for(handoff: Handoff) -> dict[str, Any] | None:
    """Return what the language model gives along; None where nothing is known that fits."""
    return samples.arguments_for(schema_of(Tool(description="", parameters=handoff.parameters)))


def tool_call(profile: Profile, tool: str) -> dict[str, Any] | None:
    """Return the reply that calls a tool once, so that it succeeds; None where none is known."""
    offered = next((each for each in offered_by(profile) if each.name == tool), None)
    if offered is None or offered.arguments is None:
        return None
    settings = offered.settings
    if settings is not None and (settings.confirm or settings.background):
        return None
    return calls(tool, offered.arguments)


def giving(fields: Mapping[str, Field]) -> tuple[Move, ...] | None:
    """Return the moves that give fields, one after the other; None where some are not known."""
    moves: list[Move] = []
    for name, asked in fields.items():
        found = known(name, asked)
        if found is None:
            return None
        moves += moves_of(name, found.given)
    return tuple(moves)


def moves_of(name: str, given: Given, *, spelled: bool = False) -> list[Move]:
    """Return the moves that give one field, and agree to what was understood."""
    there = Awaited("field_collected", name)
    return [*updating(given, spelled=spelled), Move(waits=True, awaits=there)]


def updating(given: Given, *, spelled: bool = False) -> Iterator[Move]:
    """Yield the moves that give one value, each with the caller's agreement to it."""
    if given.keys:
        yield Move(keys=given.keys)
    for number, update in enumerate(given.updates):
        yield Move((calls(*update),), says=given.spelled if spelled else "")
        # A date of birth is confirmed once, with its time.
        if len(given.confirms) == len(given.updates):
            yield agreeing(given, number)
    if len(given.confirms) != len(given.updates):
        yield agreeing(given, 0)


def agreeing(given: Given, number: int) -> Move:
    """Return the move in which the caller agrees to what was understood, where that is asked."""
    return Move((calls(*given.confirms[number]),), only_if_offered=True)
