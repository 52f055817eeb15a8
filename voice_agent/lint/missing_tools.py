"""Warnings on texts that name a tool which the agent does not have, or one of its agents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..format import declared_tools
from ..format.declared_agents import agents, has_every_tool_of_a_server, seen_by
from ..format.declared_tools import RESERVED, declared, get, mapping, texts
from ..format.diagnostics import Diagnostic, quote
from ..format.scenario_replies import handoff_tool, tools_of_agents
from ..format.variable_uses import variables_of
from ..format.yaml_source import Source
from .agents.texts import Text, agent_texts, instructions, offered, told
from .tool_names import Missing, missing

_TO_THE_LLM = ("description", "on_error", "requires", "instructions", "on_failure", "when")
_ABOUT = (  # By its name alone, "goodbye" may be what the agent is to say.
    r"\b(?:to|in|by|of|with) [`'\"]?NAME\b|\bNAME[`'\"]? (?:has|have|uses|calls|does|can|will)\b"
)
_DENIED = re.compile(r"\b(?:not|never|no|cannot|nor|without|instead of)\b|n't\b", re.IGNORECASE)


def missing_tools(source: Source) -> Iterator[Diagnostic]:
    """Yield the names of tools in texts for the llm that are not there."""
    data = source.data
    by_agent = {name: _seen_in(data, name) for name in agents(data)}
    every = {*declared_tools.names(data), *(each for seen in by_agent.values() for each in seen)}
    others = {*_other_names(data), *(tools_of_agents(data) - every)}
    for text in _read_by_llm(data):
        known, unknown = every, declared_tools.has_unknown(data)
        if text.agent is not None:
            known = by_agent[text.agent]
            unknown = has_every_tool_of_a_server(data, text.agent)
        elif by_agent and text.use == "instructions":
            known = set.intersection(*by_agent.values())
        elsewhere = every - known
        reserved = {*RESERVED, *elsewhere} - known
        for found in missing(text.text, known, others, reserved, slips_only=unknown):
            if found.name not in elsewhere:
                message, hint = _of_nobody(found, text.agent)
            elif _is_about_another(text, found, by_agent):
                continue
            else:
                message, hint = _of_another(found.name, text.agent, by_agent)
            node = source.value(text.where)
            place = next(source.find(re.escape(found.name), node), node)
            yield source.at(place, "tool-not-here", message, hint, severity="warning")


def _of_nobody(found: Missing, agent: str | None) -> tuple[str, str]:
    """Return what to say of a name that no agent has a tool of."""
    if found.meant:
        hint = f"did you mean {quote(found.meant)}?"
    elif found.name in RESERVED:
        hint = f'add it to "tools": {found.name}:'
    else:
        hint = 'declare it under "tools", or take its name out'
    return f"{quote(agent) if agent else 'the agent'} has no tool {quote(found.name)}", hint


def _of_another(name: str, agent: str | None, by_agent: dict[str, set[str]]) -> tuple[str, str]:
    """Return what to say of a tool that another agent has, or that some do not have."""
    other = next((each for each, seen in by_agent.items() if name in seen), None)
    if agent is None:
        agent = next(each for each, seen in by_agent.items() if name not in seen)
        message = f"{quote(agent)} has no tool {quote(name)}, and these words are for every agent"
        return message, "move them to the instructions of those that have it"
    if other is None:  # The one agent that it could be of lists other tools.
        return f"{quote(agent)} has no tool {quote(name)}", 'add it to its "tools"'
    key = "handoffs" if name.startswith("handoff_") else "tools"
    message = f"{quote(agent)} has no tool {quote(name)}, and {quote(other)} has"
    return message, f'add it to its "{key}", or hand over to {quote(other)}'


def _is_about_another(text: Text, found: Missing, by_agent: dict[str, set[str]]) -> bool:
    """Tell whether a sentence forbids a tool, or says of another agent that it has it."""
    before = re.split(r"[.!?\n]", text.text[: found.start])[-1]
    after = re.split(r"[.!?\n]", text.text[found.start :], maxsplit=1)[0]
    others = (each for each, seen in by_agent.items() if each != text.agent and found.name in seen)
    return bool(_DENIED.search(before)) or any(
        re.search(_ABOUT.replace("NAME", re.escape(each)), before + after, re.IGNORECASE)
        for each in others
    )


def _seen_in(data: Any, agent: str) -> set[str]:
    """Return the names of the tools that the llm has in an agent, as far as the profile has them.

    Beside those of the profile, there is one for each handoff.
    """
    handoffs = {handoff_tool(way.target) for way in offered(data, agent) if told(way)}
    return {*seen_by(data, agent), *handoffs} - {"*"}


def _read_by_llm(data: Any) -> Iterator[Text]:
    """Yield the texts that the llm reads, each with its path."""
    for where, text in instructions(data, []):
        yield Text(None, where, text, "instructions")
    if isinstance(text := get(data, "on_enter", "instructions"), str):
        yield Text(next(iter(agents(data)), None), ["on_enter", "instructions"], text, "else")
    for name, tool in mapping(get(data, "tools")).items():
        for key in _TO_THE_LLM:
            for where, text in texts(get(tool, key), ["tools", name, key]):
                yield Text(None, where, text, "else")
        for key, each in mapping(get(tool, "destinations")).items():
            for where, text in texts(
                get(each, "when"), ["tools", name, "destinations", key, "when"]
            ):
                yield Text(None, where, text, "else")
    for each in agent_texts(data):
        if each.use not in ("say", "user_input"):
            yield each


def _other_names(data: Any) -> set[str]:
    """Return the names in a profile of what is no tool."""
    found = {*variables_of(data), *agents(data)}
    found |= {*mapping(get(data, "tools", "transfer_call", "destinations"))}
    for tool in declared(data):
        parameters = mapping(tool.get("parameters"))
        found |= {*parameters, *mapping(tool.get("switch"))}
        for schema in parameters.values():
            choices = get(schema, "enum")
            found |= {each for each in _list(choices) if isinstance(each, str)}
        found |= {*_keys(tool.get("response", "example"))}
        if isinstance(method := tool.get("rpc", "method"), str):
            found.add(method)
    return found


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else _list(value):
        yield from _keys(each)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
