"""The calls that are derived from handoffs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ...format.agents import BACK, COLLECTED, Condition, Handoff
from ...format.profile import Profile
from ..tools.trials import in_writing
from .collected import known
from .moves import Awaited, Move, calls
from .trial import AgentTrial
from .ways import (
    arguments_for,
    giving,
    moves_for,
    way_to,
)

ROUNDS = 6
"""How often a call may change hands without a word of the caller."""
AGAIN = "again and again"


def of_handoffs(profile: Profile) -> Iterator[AgentTrial]:
    """Yield every call that is derived from a handoff."""
    for agent, to, handoff in _ways(profile):
        subject = f"{agent} to {to}"
        for kind, make in HANDOFFS.items():
            if (trial := make(profile, agent, to, handoff)) is not None:
                yield replace(trial, subject=subject, kind=kind, left=agent, handoff=handoff)
    yield from _rounds(profile)


def _ways(profile: Profile) -> Iterator[tuple[str, str, Handoff]]:
    """Yield every handoff, and the agent it leads from: one from anywhere, from one agent."""
    for name, agent in profile.agents.items():
        for to, handoff in agent.handoffs.items():
            yield name, to, handoff
    for to, handoff in profile.handoffs.items():
        from_all = [
            name for name, each in profile.agents.items() if name != to and to not in each.handoffs
        ]
        if from_all:
            yield from_all[0], to, handoff


def _entered(profile: Profile, agent: str, to: str) -> tuple[str, tuple[Move, ...]] | None:
    """Return the agent that a handoff leads to, and the way to where it can be taken."""
    if to != BACK:
        way = way_to(profile, agent)
        return None if way is None else (to, way)
    for before in profile.agents:
        if before == agent or (way := way_to(profile, before)) is None:
            continue
        leg = _leg(profile, before, agent)
        if leg is not None:
            return before, (*way, *leg)
    return None


def _leg(profile: Profile, agent: str, to: str) -> tuple[Move, ...] | None:
    handoff = profile.handoffs_of(agent).get(to)
    return None if handoff is None else moves_for(profile, agent, to, handoff)


def _goes_well(profile: Profile, agent: str, to: str, handoff: Handoff) -> AgentTrial | None:
    if not handoff.is_for_the_llm:
        return None
    return _handing_over(profile, agent, to, handoff)


def _by_itself(profile: Profile, agent: str, to: str, handoff: Handoff) -> AgentTrial | None:
    if handoff.is_for_the_llm:
        return None
    if isinstance(handoff.when, Condition) and handoff.when.variable is not None:
        return _once_set(profile, agent, to, handoff.when)
    return _handing_over(profile, agent, to, handoff)


def _once_set(profile: Profile, agent: str, to: str, when: Condition) -> AgentTrial | None:
    """Return a call in which a variable has its value by the time that the agent is entered."""
    way, value = way_to(profile, agent), {str(when.variable): when.value}
    if way is None or to == BACK:
        return None
    there = Awaited("agent_entered", to)
    trial = AgentTrial("", "", in_writing(profile), (), (), to, saved=value)
    if not way:
        return replace(trial, moves=(Move(waits=True, awaits=there),), values=value)
    # Nothing but what brings the call to the agent may come after the variable is set.
    acting = [n for n, each in enumerate(way) if not (each.waits or each.only_if_offered)]
    before, last = way[: acting[-1]], way[acting[-1] :]
    moves = (*(replace(each, awaits=None) for each in last), Move(waits=True, awaits=there))
    return replace(trial, way=(*before, Move(saves=value)), moves=moves)


def _handing_over(profile: Profile, agent: str, to: str, handoff: Handoff) -> AgentTrial | None:
    found = _entered(profile, agent, to)
    if found is None:
        return None
    entered, way = found
    moves = moves_for(profile, agent, to, handoff, entered)
    if moves is None:
        return None
    saved = arguments_for(handoff) or {}
    trial = AgentTrial("", "", in_writing(profile), way, moves, entered, saved=saved)
    return _with_the_rest_known(trial, agent) if handoff.when == COLLECTED else trial


def _with_the_rest_known(trial: AgentTrial, agent: str) -> AgentTrial:
    """Return the same, where all but the last field of an agent is known from the beginning."""
    fields = trial.profile.agents[agent].collect
    *known_before, last = fields
    found = {name: known(name, fields[name]) for name in known_before}
    values = {k: v for each in found.values() if each for k, v in each.given.saved.items()}
    moves = giving({last: fields[last]}) or ()
    return replace(trial, values=values, moves=(*moves, trial.moves[-1]))


def _talked_over(profile: Profile, agent: str, to: str, handoff: Handoff) -> AgentTrial | None:
    trial = _handing_over(profile, agent, to, handoff)
    if trial is None or not (profile.hears and profile.speaks) or not handoff.is_for_the_llm:
        return None
    over = replace(trial.moves[-1], talks_over=True)
    return replace(trial, profile=profile, moves=(*trial.moves[:-1], over))


def _two_at_once(profile: Profile, agent: str, to: str, handoff: Handoff) -> AgentTrial | None:
    trial = _goes_well(profile, agent, to, handoff)
    if trial is None:
        return None
    others = {
        name: each
        for name, each in profile.handoffs_of(agent).items()
        if name not in (to, BACK) and each.is_for_the_llm and arguments_for(each) is not None
    }
    other = next(iter(others), "" if to == BACK else to)
    if not other:
        return None
    tool = "handoff_back" if to == BACK else f"handoff_to_{to}"
    first = calls(tool, arguments_for(handoff))
    second = calls(f"handoff_to_{other}", arguments_for(profile.handoffs_of(agent)[other]))
    both = replace(trial.moves[-1], replies=([first, second],))
    return replace(trial, moves=(both,), refused=other)


def _rounds(profile: Profile) -> Iterator[AgentTrial]:
    """Yield a call that goes to and fro between two agents, as no caller would want it."""
    for one, agent in profile.agents.items():
        for other in agent.handoffs:
            if other != BACK and (trial := _round(profile, one, other)) is not None:
                yield trial
                return


def _round(profile: Profile, one: str, other: str) -> AgentTrial | None:
    if _begins_by_itself(profile, one) or _begins_by_itself(profile, other):
        return None
    there, back = profile.handoffs_of(one)[other], profile.handoffs_of(other)
    to = next((each for each in (one, BACK) if each in back), None)
    if to is None or not (there.is_for_the_llm and back[to].is_for_the_llm):
        return None
    way, go = way_to(profile, one), _leg(profile, one, other)
    come = moves_for(profile, other, to, back[to], one)
    if way is None or go is None or come is None:
        return None
    replies = (*go[-1].replies, *come[-1].replies) * ROUNDS
    return AgentTrial(
        f"{one} to {other}",
        AGAIN,
        in_writing(profile),
        (*way, *go, *come),  # so that nobody opens the talk any more
        (Move(replies[: ROUNDS + 2], Awaited("handoff_refused", "")),),
        left=one,
        handoff=there,
    )


def _begins_by_itself(profile: Profile, name: str) -> bool:
    """Return whether an agent says something each time that no language model is asked for."""
    agent = profile.agents[name]
    return bool(agent.menu or agent.collect or (agent.on_enter and agent.on_enter.every))


_OfHandoff = Callable[[Profile, str, str, Handoff], AgentTrial | None]
HANDOFFS: Mapping[str, _OfHandoff] = {
    "goes well": _goes_well,
    "happens by itself": _by_itself,
    "talked over at the change": _talked_over,
    "called with another at once": _two_at_once,
}
"""Every kind of call of one handoff, by its name."""
