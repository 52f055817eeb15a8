"""Mistakes in what the calls of a rehearsal say of the profile's variables and tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from . import declared_tools
from .declared_tools import chosen, get, mapping
from .diagnostics import Diagnostic, quote
from .misfits import misfit
from .scenario import DERIVED_OF_AGENTS, DERIVED_OF_TOOLS
from .scenario_agents import derived_from, event_problems
from .scenario_replies import reply_problems, tools_of_agents
from .typos import closest
from .value_errors import either
from .variable_types import Unfit, fitting
from .variable_uses import variables_of
from .yaml_source import Source

_Where: TypeAlias = list[str | int]

_KIND = "checks-nothing"
_UNKNOWN = "unknown-tool"
_TYPES = ("string", "integer", "number", "boolean", "array", "object")
# What happens by one tool alone.
_BY = {
    "dtmf_sent": "send_dtmf_events",
    "transfer_started": "transfer_call",
    "transfer_ended": "transfer_call",
}
_ANY_TOOL = ("tool_called", "tool_ended", "filler_started")
_MCP = {"mcp": True}  # in place of what is written of a tool, as its server describes it
# What a tool has where no service is behind it.
_NO_SERVICE = {
    "result": 'it answers with its own "result"',
    "switch": "it changes the agent itself",
}


@dataclass(frozen=True, slots=True)
class _Tools:
    """The tools of a profile: what is written under each name, of any shape."""

    written: Mapping[str, Any]
    complete: bool
    """Whether there are no others: an MCP server may have more than the profile names."""

    @classmethod
    def of(cls, profile: Any) -> _Tools:
        """Return the tools in the data of a profile."""
        own = mapping(get(profile, "tools"))
        names = declared_tools.names(profile)
        written = {name: own.get(name, _MCP) for name in names if isinstance(name, str)}
        return cls(written, not declared_tools.has_unknown(profile))

    def knows(self, name: str) -> bool:
        """Return whether the agent may have a tool of this name."""
        return name in self.written or not self.complete

    def parameters(self, name: str) -> dict[str, Any] | None:
        """Return the parameters that the LLM chooses, by name; None where they are not known."""
        written = self.written.get(name)
        found = None if written is _MCP else chosen(name, written)
        return found and {
            each: {key: schema[key] for key in schema if key != "optional"}
            for each, schema in found.items()
        }


def rehearsed_problems(source: Source, profile: Any) -> Iterator[Diagnostic]:
    """Yield what is wrong in the calls of a rehearsal with variables and tools.

    `profile` is the data of the profile that they are played to, which may be of any shape.
    """
    rehearsal = source.data.get("rehearsal") if isinstance(source.data, dict) else None
    tools = _Tools.of(profile)
    of_agents = dict.fromkeys(tools_of_agents(profile), _MCP)
    callable_ = replace(tools, written={**of_agents, **tools.written})
    declared = variables_of(profile)
    for where, call in _mappings(rehearsal, ["rehearsal"]):
        yield from _name(source, [*where, "name"], call, tools, profile)
        yield from _variables(source, [*where, "variables"], call, declared)
        yield from _answers(source, [*where, "tools"], call, tools)
        for place, reply in _calls(call, where):
            yield from _unknown(source, [*place, "call"], reply.get("call"), callable_)
            yield from reply_problems(source, profile, place, reply)
        called = [reply for _, reply in _calls(call, where)]
        for place, turn in _mappings(call.get("turns"), [*where, "turns"]):
            after = mapping(turn.get("send_after"))
            yield from _impossible(source, [*place, "send_after"], after, tools)
            yield from event_problems(source, profile, [*place, "send_after"], after)
            for spot, expected in _mappings(turn.get("expect"), [*place, "expect"]):
                yield from _expectation(source, spot, expected, tools, called)
                yield from event_problems(source, profile, spot, expected)


def _mappings(value: Any, where: _Where) -> Iterator[tuple[_Where, Mapping[Any, Any]]]:
    """Yield the mappings in what should be a list of them, each with its path."""
    for number, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield [*where, number], each


def _calls(call: Mapping[Any, Any], where: _Where) -> Iterator[tuple[_Where, Mapping[Any, Any]]]:
    """Yield every call of a tool in the replies, with its path."""
    replies = call.get("replies")
    for number, reply in enumerate(replies if isinstance(replies, list) else ()):
        place = [*where, "replies", number]
        if isinstance(reply, dict):
            yield place, reply
        yield from _mappings(reply, place)


def _name(
    source: Source, where: _Where, call: Mapping[Any, Any], tools: _Tools, profile: Any
) -> Iterator[Diagnostic]:
    name = call.get("name")
    about, _, kind = name.partition(": ") if isinstance(name, str) else ("", "", "")
    message = ""
    if about in tools.written and kind in DERIVED_OF_TOOLS:
        message = f"a call that is derived from the tool {quote(about)} has the name too"
    elif kind in DERIVED_OF_AGENTS and (what := derived_from(profile, about)):
        message = f"a call that is derived from {what} has the name too"
    if message:
        yield source.at(source.value(where), "duplicate-name", message, "choose another")


def _variables(
    source: Source, where: _Where, call: Mapping[Any, Any], declared: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    for name, value in mapping(call.get("variables")).items():
        if name not in declared:
            message = f"the profile declares no variable {quote(str(name))}"
            hint = _meant(name, declared) or 'declare it under "variables" of the profile'
            yield source.at(source.key([*where, name]), "unknown-key", message, hint)
            continue
        written = mapping(declared[name])
        kind, enum = written.get("type", "string"), written.get("enum")
        if kind not in _TYPES or not (enum is None or isinstance(enum, list)):
            continue  # which the schema forbids
        try:
            fitting(value, kind, enum)
        except Unfit as why:
            message = f"the variable {quote(name)} {why}"
            yield source.at(source.value([*where, name]), "wrong-value", message)


def _answers(
    source: Source, where: _Where, call: Mapping[Any, Any], tools: _Tools
) -> Iterator[Diagnostic]:
    called = [reply.get("call") for _, reply in _calls(call, [])]
    expected = [
        each.get("tool")
        for _, turn in _mappings(call.get("turns"), [])
        for _, each in _mappings(turn.get("expect"), [])
    ]
    for name, answers in mapping(call.get("tools")).items():
        place = [*where, name]
        if not isinstance(name, str):
            continue
        if not tools.knows(name):
            yield from _unknown(source, place, name, tools, key=True)
            continue
        if "replies" in call and name not in [*called, *expected]:
            message = f"no reply of this call calls {quote(name)}, so nothing asks for this answer"
            hint = f"add {{call: {name}}} to its replies, or take this out"
            yield source.at(source.key(place), _KIND, message, hint)
            continue
        yield from _of_no_service(source, place, name, tools)
        listed = answers if isinstance(answers, list) else [answers]
        for number, answer in enumerate(listed):
            spot = [*place, number] if isinstance(answers, list) else place
            yield from _answer(source, spot, name, mapping(answer))


def _of_no_service(source: Source, place: _Where, name: str, tools: _Tools) -> Iterator[Diagnostic]:
    written = mapping(tools.written.get(name))
    why = next((_NO_SERVICE[key] for key in written if key in _NO_SERVICE), None)
    if name in ("end_call", "send_dtmf_events"):
        why = "it is LiveKit's own"
    if why:
        message = f"nothing is behind {quote(name)} that could answer, as {why}"
        yield source.at(source.key(place), _KIND, message, "take it out")


def _answer(
    source: Source, place: _Where, name: str, answer: Mapping[Any, Any]
) -> Iterator[Diagnostic]:
    """Yield what is asked of the wrong service: only a transfer has an outcome."""
    for key in answer:
        if key not in ("status", "response", "drop", "outcome", "delay_ms"):
            continue
        node = source.key([*place, key])
        if key == "outcome" and name != "transfer_call":
            message = f'only "transfer_call" has an outcome, and {quote(name)} is none'
            yield source.at(node, _KIND, message, 'give it a "status" or a "response"')
        if key in ("status", "response", "drop") and name == "transfer_call":
            message = "a transfer has no HTTP answer"
            yield source.at(node, _KIND, message, 'give it an "outcome"')


def _unknown(
    source: Source, place: _Where, name: Any, tools: _Tools, *, key: bool = False
) -> Iterator[Diagnostic]:
    if not isinstance(name, str) or tools.knows(name):
        return
    node = source.key(place) if key else source.value(place)
    message = f"the agent has no tool {quote(name)}"
    hint = _meant(name, tools.written) or _there_are(tools)
    yield source.at(node, _UNKNOWN, message, hint)


def _there_are(tools: _Tools) -> str:
    names = [*tools.written]
    return f"it has {either(names)}" if names else 'declare it under "tools"'


def _meant(name: Any, known: Mapping[str, Any]) -> str | None:
    found = closest(str(name), known)
    return f'did you mean "{found}"?' if found else None


def _expectation(
    source: Source,
    where: _Where,
    expected: Mapping[Any, Any],
    tools: _Tools,
    called: Sequence[Mapping[Any, Any]],
) -> Iterator[Diagnostic]:
    name = expected.get("tool")
    if isinstance(name, str) and not tools.knows(name):
        yield from _unknown(source, [*where, "tool"], name, tools)
        return
    found = list(_impossible(source, where, expected, tools))
    yield from found
    given = mapping(expected.get("with")).items()
    # A reply may call a tool with what it does not take, to see what comes of it.
    on_purpose = any(given <= mapping(each.get("with")).items() for each in called)
    if not found and expected.get("event") == "tool_called" and not on_purpose:
        yield from _arguments(source, [*where, "with"], expected, tools)


def _impossible(
    source: Source, where: _Where, written: Mapping[Any, Any], tools: _Tools
) -> Iterator[Diagnostic]:
    """Yield that an event can never happen, as the profile has not what it is about."""
    event, name = written.get("event"), written.get("tool")
    if not isinstance(event, str):
        return
    why = ""
    if not tools.complete:
        return
    if event in _ANY_TOOL and not tools.written:
        why = "the profile has no tools"
    elif event in _BY and _BY[event] not in tools.written:
        why = f"the profile has no tool {quote(_BY[event])}"
    elif event == "filler_started":
        named = [name] if isinstance(name, str) else [*tools.written]
        if not any("filler" in mapping(tools.written.get(each)) for each in named):
            whose = f"the tool {quote(name)} has" if isinstance(name, str) else "its tools have"
            why = f'{whose} no "filler"'
    if why:
        node = source.value([*where, "event"])
        message = f"{quote(str(event))} never happens, as {why}"
        yield source.at(node, _KIND, message, "expect another event, or none")


def _arguments(
    source: Source, where: _Where, expected: Mapping[Any, Any], tools: _Tools
) -> Iterator[Diagnostic]:
    """Yield the arguments with which no tool, or not the tool that is named, can be called."""
    name = expected.get("tool")
    names = [name] if isinstance(name, str) else [*tools.written]
    takes = {each: tools.parameters(each) for each in names}
    if not tools.complete or None in takes.values():
        return
    for argument, value in mapping(expected.get("with")).items():
        known = {key: schema for each in takes.values() for key, schema in (each or {}).items()}
        whose = quote(name) if isinstance(name, str) else "a tool of the profile"
        if argument not in known:
            message = f"the language model never calls {whose} with {quote(str(argument))}"
            hint = _meant(argument, known) or (
                f"it chooses {either([*known])}" if known else "it chooses no argument"
            )
            yield source.at(source.key([*where, argument]), _KIND, message, hint)
        elif isinstance(name, str) and (wrong := misfit(argument, known[argument], value)):
            message = f"{whose} never runs with this: {wrong}"
            yield source.at(source.value([*where, argument]), _KIND, message, "give it another")
