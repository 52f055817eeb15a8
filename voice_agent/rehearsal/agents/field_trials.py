"""The calls that are derived from what agents and tools collect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...format.profile import Profile
from ...format.tools import Field
from ..alone import with_tool
from .collected import REFUSAL, Known, known
from .moves import Awaited, Move, calls
from .trial import AgentTrial, trial_of
from .ways import (
    moves_of,
    tool_call,
    updating,
    way_to,
)

GO_BACK = "out_of_scope"
"""The tool by which the language model goes back to what was asked before."""


def of_fields(profile: Profile) -> Iterator[AgentTrial]:
    """Yield every call that is derived from a field: of an agent, or else of a tool."""
    done = set[str]()
    for agent, each in profile.agents.items():
        if (way := way_to(profile, agent)) is not None:
            yield from _of_collection(profile, each.collect, way, agent, done)
    for tool, declared in profile.tools.declared.items():
        call, called = tool_call(profile, tool), with_tool(profile, tool)
        if declared.collect and call is not None and called is not None:
            way = (Move((call,)),)
            yield from _of_collection(called, declared.collect, way, "", done)


def _of_collection(
    profile: Profile, fields: Mapping[str, Field], way: tuple[Move, ...], left: str, done: set[str]
) -> Iterator[AgentTrial]:
    """Yield the calls of the fields that are not `done`, and add them to it."""
    before = dict[str, Any]()
    for name, asked in fields.items():
        found = known(name, asked)
        if found is None:
            return
        for kind, make in FIELDS.items() if name not in done else ():
            if (trial := make(profile, name, asked, found)) is not None:
                # What is asked before it is known, so that it is asked at once.
                at = replace(trial, way=way, left=left, values=dict(before))
                yield replace(at, subject=name, kind=kind, collects=name)
        done.add(name)
        before |= found.given.saved


def _given_once(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial:
    return trial_of(profile, *moves_of(name, found.given), saved=found.given.saved)


def _spelled(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial | None:
    if not found.given.spelled:
        return None
    return trial_of(profile, *moves_of(name, found.given, spelled=True), saved=found.given.saved)


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
    return trial_of(profile, *moves, saved=found.other.saved)


def _is_last(profile: Profile, name: str) -> bool:
    """Return whether nothing is asked after a field where it is asked first."""
    return next([*each][-1] == name for each in collections_of(profile) if name in each)


def _refused(profile: Profile, name: str, _: Field, found: Known) -> AgentTrial | None:
    if not found.decline:
        return None
    there = Awaited("field_refused", name)
    return trial_of(profile, Move((calls(found.decline, REFUSAL),), there))


def _out_of_range(profile: Profile, name: str, asked: Field, found: Known) -> AgentTrial | None:
    told = {key: text for key, text in asked.rejections.items() if key in found.wrong}
    keyword = next(iter([*told, *found.wrong]), None)
    if keyword is None:
        return None
    wrong = Move((calls(f"update_{name}", {"value": found.wrong[keyword]}),))
    moves = moves_of(name, found.given)
    return trial_of(profile, wrong, *moves, saved=found.given.saved, refused=told.get(keyword, ""))


def unknown_fields(profile: Profile) -> Iterator[str]:
    """Yield a sentence on every field from which no call is derived."""
    fields = {name: asked for each in collections_of(profile) for name, asked in each.items()}
    for name, asked in fields.items():
        if known(name, asked) is None:
            yield (
                f'No call is derived from the field "{name}", as no value is known that fits: '
                'give it "examples".'
            )


def collections_of(profile: Profile) -> Iterator[Mapping[str, Field]]:
    """Yield what each agent and each tool collects."""
    yield from (each.collect for each in profile.agents.values())
    yield from (each.collect for each in profile.tools.declared.values())


_OfField = Callable[[Profile, str, Field, Known], AgentTrial | None]
FIELDS: Mapping[str, _OfField] = {
    "given": _given_once,
    "spelled": _spelled,
    "corrected": _corrected,
    "refused": _refused,
    "out of range": _out_of_range,
}
"""Every kind of call of one field, by its name."""
