"""The calls that are derived from agents, fields and menus: what the caller does in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...format.agents import BACK, COLLECTED, Condition, Handoff, Key, Menu
from ...format.language import language_of
from ...format.profile import Profile
from ...format.tools import UNSET, Field
from ...standin.cues import Cue
from ...standin.values import value_of
from ..sentences import sentences_for
from ..tools.trials import in_writing
from .collected import REFUSAL, Known, known
from .moves import Awaited, Move, calls, cues_of
from .ways import (
    arguments_for,
    giving,
    moves_for,
    moves_of,
    updating,
    way_to,
)

GO_BACK = "out_of_scope"
"""The tool by which the language model goes back to what was asked before."""
ROUNDS = 6
"""How often a call may change hands without a word of the caller."""


@dataclass(frozen=True, slots=True)
class AgentTrial:
    """One derived call of a handoff, a field or a key of a menu."""

    subject: str
    kind: str
    """What happens in it: a name in `HANDOFFS`, `FIELDS` or `KEYS`."""
    profile: Profile
    """The profile as it is called."""
    way: tuple[Move, ...]
    """What brings the call to where it is about something."""
    moves: tuple[Move, ...]
    agent: str = ""
    """The agent that must hold in the end; "" where any may."""
    left: str = ""
    """The agent that holds before `moves`."""
    handoff: Handoff | None = None
    collects: str = ""
    """The field that it is about."""
    key: Key | None = None
    keys: str = ""
    """The key that it is about, after those on the way there, with dots between them."""
    menu: Menu | None = None
    """The menu that must be offered."""
    saved: Mapping[str, Any] = field(default_factory=dict)
    """The variables that must have these values in the end."""
    refused: str = ""
    """What must be refused: an agent, or what the language model is told of a value."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values of variables, over their samples."""

    @property
    def name(self) -> str:
        """The name of the call."""
        return f"{self.subject}: {self.kind}"

    @property
    def spoken(self) -> bool:
        """Whether the caller and the agent speak, or both write, which takes a second."""
        return any(each.talks_over for each in self.moves)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """What the language model does."""
        return tuple(cues_of(self.profile, (*self.way, *self.moves)))

    @property
    def otherwise(self) -> str:
        """What the language model says beside that."""
        return sentences_for(language_of(self.profile)).answers[0]


def agent_trials(profile: Profile, *, quick: bool = False) -> list[AgentTrial]:
    """Return every call that is derived from agents and what they collect, or a quick run's."""
    if not profile.agents:
        return []
    values = _given(profile)
    every = [*_of_handoffs(profile), *_of_fields(profile), *_of_menus(profile)]
    return [
        replace(each, values={**values, **each.values})
        for each in every
        if not quick or each.kind in QUICK
    ]


def unknown_fields(profile: Profile) -> Iterator[str]:
    """Yield a sentence on every field of an agent from which no call is derived."""
    for agent in profile.agents.values():
        for name, asked in agent.collect.items():
            if known(name, asked) is None:
                yield (
                    f'No call is derived from the field "{name}", as no value is known that fits: '
                    'give it "examples".'
                )


def _given(profile: Profile) -> dict[str, Any]:
    """Return a value for every variable that a tool would set, other than those of conditions."""
    asked = {name for fields in _collections(profile) for name in fields}
    asked |= {to for each in _every_handoff(profile) for to in each.parameters}
    asked |= {
        str(each.when.variable)
        for each in _every_handoff(profile)
        if not isinstance(each.when, str)
    }
    return {
        name: value_of({"type": each.type, **({"enum": [*each.enum]} if each.enum else {})})
        for name, each in profile.variables.items()
        if each.sample is UNSET and each.default is UNSET and name.partition(".")[0] not in asked
    }


def _collections(profile: Profile) -> Iterator[Mapping[str, Field]]:
    yield from (each.collect for each in profile.agents.values())
    yield from (each.collect for each in profile.tools.declared.values())


def _every_handoff(profile: Profile) -> Iterator[Handoff]:
    yield from profile.handoffs.values()
    for agent in profile.agents.values():
        yield from agent.handoffs.values()


# Handoffs.


def _of_handoffs(profile: Profile) -> Iterator[AgentTrial]:
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


# Fields.


def _of_fields(profile: Profile) -> Iterator[AgentTrial]:
    done = set[str]()
    for agent, each in profile.agents.items():
        way, before = way_to(profile, agent), dict[str, Any]()
        for name, asked in each.collect.items():
            found = known(name, asked)
            if way is None or found is None:
                break
            for kind, make in FIELDS.items() if name not in done else ():
                if (trial := make(profile, name, asked, found)) is not None:
                    # What is asked before it is known, so that it is asked at once.
                    at = replace(trial, way=way, left=agent, values=dict(before))
                    yield replace(at, subject=name, kind=kind, collects=name)
            done.add(name)
            before |= found.given.saved


def _trial(profile: Profile, *moves: Move, **more: Any) -> AgentTrial:
    return replace(AgentTrial("", "", in_writing(profile), (), moves), **more)


def _given_once(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial:
    return _trial(profile, *moves_of(name, found.given), saved=found.given.saved)


def _spelled(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial | None:
    if not found.given.spelled:
        return None
    return _trial(profile, *moves_of(name, found.given, spelled=True), saved=found.given.saved)


def _corrected(profile: Profile, name: str, asked: Field, found: Known) -> AgentTrial | None:
    """Return a call in which the caller corrects what was said, before agreeing to it or later."""
    if found.other is None or found.given.keys:
        return None
    options = asked.options
    agrees = asked.confirm or options.get("require_confirmation")
    agrees = agrees or (asked.task == "email" and options.get("verify_spelling"))
    first: Sequence[Move] = [*updating(found.given)]
    if agrees:
        first = [each for each in first if not each.only_if_offered]
    elif _is_last(profile, name):
        return None  # Nothing is asked any more that could be corrected in.
    else:
        first = [*first, Move((calls(GO_BACK, {"task_ids": [name]}),))]
    moves = (*first, *moves_of(name, found.other))
    return _trial(profile, *moves, saved=found.other.saved)


def _is_last(profile: Profile, name: str) -> bool:
    """Return whether nothing is asked after a field where it is asked first."""
    return next([*each][-1] == name for each in _collections(profile) if name in each)


def _refused(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial | None:
    if not found.decline:
        return None
    there = Awaited("field_refused", name)
    return _trial(profile, Move((calls(found.decline, REFUSAL),), there))


def _out_of_range(profile: Profile, name: str, asked: Field, found: Known) -> AgentTrial | None:
    told = {key: text for key, text in asked.rejections.items() if key in found.wrong}
    keyword = next(iter([*told, *found.wrong]), None)
    if keyword is None:
        return None
    wrong = Move((calls(f"update_{name}", {"value": found.wrong[keyword]}),))
    moves = moves_of(name, found.given)
    return _trial(profile, wrong, *moves, saved=found.given.saved, refused=told.get(keyword, ""))


# Menus.


def _of_menus(profile: Profile) -> Iterator[AgentTrial]:
    for name, agent in profile.agents.items():
        way = way_to(profile, name)
        if agent.menu is None or way is None:
            continue
        for path, key in _keys(agent.menu):
            for kind, move in _of_key(path):
                yield replace(
                    _trial(profile, move, way=way, left=name, key=key, menu=key.menu),
                    subject=f"{name} key {'.'.join(path)}",
                    kind=kind,
                    keys=".".join(path),
                )
        if unknown := next((each for each in "0123456789*#" if each not in agent.menu.keys), ""):
            move = Move(keys=unknown)
            trial = _trial(profile, move, way=way, left=name, agent=name, menu=agent.menu)
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


_OfHandoff = Callable[[Profile, str, str, Handoff], AgentTrial | None]
_OfField = Callable[[Profile, str, Field, Known], AgentTrial | None]

HANDOFFS: Mapping[str, _OfHandoff] = {
    "goes well": _goes_well,
    "happens by itself": _by_itself,
    "talked over at the change": _talked_over,
    "called with another at once": _two_at_once,
}
AGAIN = "again and again"
FIELDS: Mapping[str, _OfField] = {
    "given": _given_once,
    "spelled": _spelled,
    "corrected": _corrected,
    "refused": _refused,
    "out of range": _out_of_range,
}
KEYS = ("pressed", "chosen by voice")
UNKNOWN_KEY = "unknown key"
KINDS = (*HANDOFFS, AGAIN, *FIELDS, *KEYS, UNKNOWN_KEY)
"""What the names of these calls have after what they are about, and a colon."""
QUICK = ("goes well", "happens by itself", "given", "pressed")
"""Those of them that a quick rehearsal makes too."""
