"""Settings of a profile's agents that cannot be true together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .agents import BACK, COLLECTED
from .declared_agents import (
    Way,
    Where,
    agents,
    first,
    seen_by,
    ways,
)
from .declared_fields import fields
from .declared_tools import get
from .diagnostics import Diagnostic, quote
from .mcp_names import llm_name
from .schema import is_realtime, schema
from .schema_errors import schema_problems
from .yaml_source import Source

_CONFLICT = "conflict"


def agent_conflicts(source: Source) -> Iterator[Diagnostic]:
    """Yield what agents are told to be and cannot; the data of a profile may be of any shape."""
    if not isinstance(source.data, dict):
        return
    yield from _two_openings(source)
    yield from _every_at_the_top(source)
    every_way = [*ways(source.data)]
    taken: dict[tuple[str | int, ...], Diagnostic] = {}
    for name, agent in agents(source.data).items():
        yield from _another_kind_of_llm(source, name, agent)
        yield from _uninterruptable_realtime(source, name, agent)
        for where, problem in _names_taken(source, name, every_way):
            taken.setdefault(where, problem)
    yield from taken.values()


def _two_openings(source: Source) -> Iterator[Diagnostic]:
    """Yield the opening of the first agent beside that of the call."""
    where = ["agents", first(source.data) or "", "on_enter"]
    if get(source.data, "on_enter") is None or get(source.data, *where) is None:
        return
    pair = [(source.key(each), each) for each in (["on_enter"], where)]
    pair.sort(key=lambda each: source.order(each[0]))
    (one, _), (two, there) = pair
    message = f"{quote('.'.join(there))} cannot stand beside the one on "
    message += f"{source.line_in_words(one, two)}, which opens the call as well"
    yield source.at(two, _CONFLICT, message, "keep one of the two", other=one)


def _every_at_the_top(source: Source) -> Iterator[Diagnostic]:
    """Yield that a call is to open each time: it does so once, and agents take over again."""
    if get(source.data, "on_enter", "every") is not None:
        message = "a call opens once, and only an agent of several may begin anew each time"
        hint = "take it out, or move the opening into an agent"
        yield source.at(source.key(["on_enter", "every"]), _CONFLICT, message, hint)


def _another_kind_of_llm(
    source: Source, name: str, agent: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield the llm of an agent that is realtime beside one that is not, or the reverse.

    LiveKit never completes such a change: livekit/agents#4691.
    """
    own, others = agent.get("llm"), get(source.data, "llm")
    if own is None or others is None or is_realtime(own) == is_realtime(others):
        return
    node, other = source.key(["agents", name, "llm"]), source.key(["llm"])
    message = f"{quote(name)} cannot have {_kind(own)} beside the {_kind(others, '')} on "
    message += f"{source.line_in_words(other, node)}: LiveKit never completes a change from one "
    message += "to the other, and the caller hears nothing more"
    hint = "use realtime models for all agents, or for none"
    yield source.at(node, _CONFLICT, message, hint, other=other)


def _kind(llm: Any, article: str = "a") -> str:
    if is_realtime(llm):
        return f"{article} realtime llm".strip()
    return f"{article}n llm that is not realtime" if article else "llm that is not realtime"


def _uninterruptable_realtime(
    source: Source, name: str, agent: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield what no profile with a realtime llm may say at its top either."""
    llm = agent.get("llm") or get(source.data, "llm")
    if is_realtime(llm):
        yield from schema_problems(source, schema()["else"]["then"], ["agents", name])


def _names_taken(
    source: Source, name: str, every_way: list[Way]
) -> Iterator[tuple[tuple[str | int, ...], Diagnostic]]:
    """Yield the tools of an agent that the llm would see under a name that is taken there."""
    ours = _of_ours(source.data, name, every_way)
    for tool, where in seen_by(source.data, name).items():
        if (other := ours.get(llm_name(tool))) is None:
            continue
        node = source.value(where) if isinstance(where[-1], int) else source.key(where)
        place = source.key(other)
        message = f"the llm would see two tools {quote(llm_name(tool))} in {quote(name)}, and "
        message += f"what is on {source.line_in_words(place, node)} makes the other"
        yield tuple(where), source.at(node, "name-taken", message, "rename this one", other=place)


def _of_ours(data: Any, name: str, every_way: list[Way]) -> dict[str, Where]:
    """Return the tools by which the llm hands over, collects and chooses, with what makes them."""
    found: dict[str, Where] = {}
    for way in every_way:
        is_chosen = isinstance(way.when, str) and way.when != COLLECTED
        if is_chosen and way.source in (None, name) and way.target != name:
            tool = "handoff_back" if way.target == BACK else f"handoff_to_{way.target}"
            found.setdefault(tool, way.where)
    for field, each in fields(data, "agents", name, "collect").items():
        if each.task is None:
            for verb in ("update", "confirm", "decline"):
                found[f"{verb}_{field}"] = each.where
    if get(data, "agents", name, "menu") is not None:
        found["choose"] = ["agents", name, "menu"]
    return found
