"""Mistakes in what the calls of a rehearsal expect of the profile's agents, fields and menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from .agents import BACK
from .declared_tools import get, mapping
from .diagnostics import Diagnostic, quote
from .implied import TASKS, collections
from .misfits import misfit
from .tools import Field
from .typos import closest
from .value_errors import either
from .yaml_source import Source

_Where: TypeAlias = list[str | int]

_KIND = "checks-nothing"
_OF_AGENTS = ("agent_entered", "handoff_refused")
_OF_FIELDS = ("field_collected", "field_refused")
_OURS = {each.name for each in fields(Field)}  # of what a field has, beside JSON Schema


@dataclass(frozen=True, slots=True)
class Known:
    """What a profile has that events may be about."""

    agents: Mapping[str, Any]
    fields: Mapping[str, Any]
    """What is written of each; that of a task which is only listed is empty."""
    keys: frozenset[str]
    """The keys of its menus, those of submenus with the way there."""

    @classmethod
    def of(cls, profile: Any) -> Known:
        """Return what there is in the data of a profile, which may be of any shape."""
        agents = mapping(get(profile, "agents"))
        keys = {key for each in agents.values() for key in _keys(get(each, "menu"), "")}
        return cls(agents, _fields(profile), frozenset(keys))


def _fields(profile: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _, written in collections(profile):
        listed = written if isinstance(written, list) else ()
        found |= {name: {"task": name} for name in listed if name in TASKS and name not in found}
        found |= mapping(written)
    return found


def _keys(menu: Any, way: str) -> Iterator[str]:
    for key, written in mapping(get(menu, "keys")).items():
        yield f"{way}{key}"
        yield from _keys(get(written, "menu"), f"{way}{key}.")


def event_problems(
    source: Source, profile: Any, where: _Where, written: Mapping[Any, Any]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with an event of a turn, in `expect` or `send_after`.

    `profile` is the data of the profile that the call is played to.
    """
    known, event = Known.of(profile), written.get("event")
    why = ""
    if event in _OF_AGENTS and not known.agents:
        why = "the profile has no agents"
    elif event in _OF_FIELDS and not known.fields:
        why = "nothing in the profile has collect"
    elif event == "key_pressed" and not known.keys:
        why = "no agent of the profile has a menu"
    if why:
        message = f"{quote(str(event))} never happens, as {why}"
        node = source.value([*where, "event"])
        yield source.at(node, _KIND, message, "expect another event, or none")
        return
    if event in _OF_AGENTS:
        yield from _unknown(source, [*where, "agent"], written, "agent", known.agents)
    elif event in _OF_FIELDS:
        yield from _unknown(source, [*where, "field"], written, "field", known.fields)
        yield from _value(source, [*where, "value"], written, known.fields)
    elif event == "key_pressed":
        yield from _unknown(source, [*where, "key"], written, "key", sorted(known.keys))


def derived_from(profile: Any, subject: str) -> str:
    """Return what the calls are derived from that begin with this, in words; "" for nothing."""
    known = Known.of(profile)
    agent, _, to = subject.partition(" to ")
    if agent in known.agents and to in (*known.agents, BACK):
        return f"the handoff from {quote(agent)} to {quote(to)}"
    if subject in known.fields:
        return f"the field {quote(subject)}"
    agent, _, _ = subject.partition(" ")
    of_menu = subject.partition(" ")[2].startswith(("key ", "menu"))
    has_menu = of_menu and get(known.agents.get(agent), "menu") is not None
    return f"the menu of {quote(agent)}" if has_menu else ""


def _unknown(
    source: Source, place: _Where, written: Mapping[Any, Any], what: str, known: Any
) -> Iterator[Diagnostic]:
    name = written.get(what)
    if not isinstance(name, str) or name in known:
        return
    found = closest(name, known) if what != "key" else None
    hint = f"did you mean {quote(found)}?" if found else f"there is {either([*map(str, known)])}"
    kind, whose = f"unknown-{what}", "there is no"
    if what == "key":
        kind, whose = _KIND, "no menu has the"
    yield source.at(source.value(place), kind, f"{whose} {what} {quote(name)}", hint)


def _value(
    source: Source, place: _Where, written: Mapping[Any, Any], known: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield a value that the field can never be collected with."""
    name = written.get("field")
    if "value" not in written or not isinstance(name, str) or name not in known:
        return
    field = mapping(known[name])
    if field.get("task") == "credit_card" or field.get("redact") is True:
        message = f"no event has the value of {quote(name)}, as it is kept out of reports"
        yield source.at(source.key(place), _KIND, message, "take it out")
        return
    schema = {key: each for key, each in field.items() if key not in _OURS}
    schema = {"type": "string"} if "task" in field else schema
    if wrong := misfit(name, schema, written["value"]):
        message = f"{quote(name)} is never collected with this: {wrong}"
        yield source.at(source.value(place), _KIND, message, "give it another")
