"""Warnings on tools: what makes callers wait, what is sent twice, what the llm would make up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml.nodes import Node

from ..format import declared_tools
from ..format.declared_tools import Written, declared, get, mapping, method
from ..format.diagnostics import Diagnostic, quote
from ..format.schema import TYPES, livekit_default
from ..format.yaml_source import Source

MOST_TOOLS = 12  # of which a model chooses well; each is read before every answer
_PATIENCE = 5  # seconds of silence after which callers ask whether somebody is there

# Facts of the call, which an llm that is asked for them makes up: by the name of a parameter, what
# to write in its place.
_FACTS = {
    **dict.fromkeys(
        ("caller_number", "caller_phone", "caller_phone_number", "from_number", "caller_id", "ani"),
        'declare a variable with "from: attributes.sip.phoneNumber", and write value: "{{ NAME }}"',
    ),
    **dict.fromkeys(
        ("now", "current_time", "current_datetime", "current_date_time", "timestamp"),
        'write value: "{{ now }}"',
    ),
    **dict.fromkeys(("today", "current_date", "todays_date"), 'write value: "{{ today }}"'),
    **dict.fromkeys(("weekday", "current_weekday"), 'write value: "{{ weekday }}"'),
    **dict.fromkeys(("call_id", "session_id", "job_id"), 'write value: "{{ call.id }}"'),
    **dict.fromkeys(("room_name", "room_id", "call_room"), 'write value: "{{ call.room }}"'),
    **dict.fromkeys(
        ("started_at", "call_started_at", "call_start", "call_start_time", "call_started"),
        'write value: "{{ call.started_at }}"',
    ),
    **dict.fromkeys(
        ("call_duration", "call_length", "duration_ms", "call_ended_at", "call_end_time"),
        "leave it out: the call is not over yet",
    ),
    **dict.fromkeys(
        ("transcript", "call_transcript", "conversation", "conversation_history", "chat_history"),
        "leave it out: it would be written from memory",
    ),
}


def tool_rules(source: Source, *, realtime: bool) -> Iterator[Diagnostic]:
    """Yield the warnings on the tools of a profile, valid or not.

    `realtime` tells whether its llm hears and speaks by itself.
    """
    tools = declared(source.data)
    for tool in tools:
        for rule in (_waiting, _failing, _without_example, _sent_again, _facts, _never_ready):
            yield from rule(source, tool)
    yield from _many(source)
    if realtime and source.data.get("tts") is None:
        yield from _unspoken(source, tools)


def _waiting(source: Source, tool: Written) -> Iterator[Diagnostic]:
    kind = next((each for each in ("http", "rpc") if each in tool.data), "")
    where, timeout = [*tool.where, kind, "timeout"], tool.get(kind, "timeout")
    if not TYPES["number"](timeout) or tool.get("background") is True:
        return
    away, limit = _patience_of_livekit(source)
    if limit is not None and timeout > limit:
        line = f", as {source.line_in_words(away, source.value(where))} says" if away else ""
        message = f"a caller who is silent for {limit:g} s counts as away{line}, and here callers "
        message += f"wait for up to {timeout:g} s"
        hint = "make it shorter, or let the agent talk on meanwhile, with background: true"
        yield _warning(source, where, "slow-tool", message, hint, away)
    elif timeout > _PATIENCE and tool.get("filler") is None and tool.get("silent") is not True:
        message = f"for up to {timeout:g} s, callers hear nothing"
        hint = "add a filler, such as One moment please., or make it shorter"
        yield _warning(source, where, "slow-tool", message, hint)


def _patience_of_livekit(source: Source) -> tuple[Node | None, float | None]:
    """Return after how much silence callers count as away, and where that is written, if it is."""
    where = ["session", "user_away_timeout"]
    written: Any = get(source.data, *where)
    if TYPES["number"](written):
        return source.key(where), written
    return None, next(iter(livekit_default(where)), None)


def _failing(source: Source, tool: Written) -> Iterator[Diagnostic]:
    kind = next((each for each in ("http", "rpc") if each in tool.data), None)
    told = tool.data.get("on_error")
    if not kind or isinstance(told, str):
        return
    if isinstance(told, dict) and "default" in told:
        return
    where = [*tool.where, "on_error"] if told is not None else tool.where
    message = f"nothing says what the agent does when {quote(tool.name)} fails"
    hint = "add on_error, such as Say that it did not work, and offer to take a message."
    if told is not None:
        message = f"nothing says what the agent does when {quote(tool.name)} fails in another way"
        hint = 'add "default"'
    yield _at_key(source, where, "no-on-error", message, hint)


def _without_example(source: Source, tool: Written) -> Iterator[Diagnostic]:
    if method(tool) and "example" not in mapping(tool.get("response")):
        message = f"nothing says what {quote(tool.name)} answers, so a rehearsal makes it up"
        hint = "add an answer of the service as response.example"
        yield _at_key(source, tool.where, "no-example", message, hint)


def _sent_again(source: Source, tool: Written) -> Iterator[Diagnostic]:
    retries = tool.get("http", "retries")
    if method(tool) in ("POST", "PATCH") and TYPES["integer"](retries) and retries > 0:
        where = [*tool.where, "http", "retries"]
        message = f"a {method(tool)} that is sent again may do its work twice"
        hint = "leave it out, unless the service heeds the header Idempotency-Key"
        yield _warning(source, where, "retry-of-post", message, hint)


def _facts(source: Source, tool: Written) -> Iterator[Diagnostic]:
    for name, schema in mapping(tool.get("parameters")).items():
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        if isinstance(schema, dict) and "value" not in schema and snake in _FACTS:
            message = f"the llm does not know {quote(name)}, and would make it up"
            where = [*tool.where, "parameters", name]
            yield _at_key(source, where, "asks-llm-for-facts", message, _FACTS[snake])


def _never_ready(source: Source, tool: Written) -> Iterator[Diagnostic]:
    """Yield what a tool requires that nothing ever gives a value."""
    saved = {
        name
        for tools in (get(source.data, "tools"), *_of_servers(source.data))
        for each in mapping(tools).values()
        for name in mapping(get(each, "response", "save"))
    }
    variables = mapping(get(source.data, "variables"))
    for name in mapping(tool.get("requires")):
        variable = variables.get(name)
        if not isinstance(variable, dict) or name in saved or {"from", "default"} & {*variable}:
            continue
        message = f"nothing gives {quote(name)} a value, so {quote(tool.name)} always refuses"
        hint = f"have a tool save it, with response: {{save: {{{name}: KEY}}}}"
        yield _at_key(source, [*tool.where, "requires", name], "unused-tool", message, hint)


def _of_servers(data: Any) -> Iterator[Any]:
    for server in mapping(get(data, "mcp_servers")).values():
        yield get(server, "tools")


def _many(source: Source) -> Iterator[Diagnostic]:
    known = declared_tools.names(source.data)
    if mapping(get(source.data, "agents")):
        return  # Each agent has some of them.
    if len(known) > MOST_TOOLS:
        message = f"with {len(known)} tools, models choose wrong ones, and answer later"
        hint = f"have at most {MOST_TOOLS}: make one of several, or several agents"
        key = "tools" if mapping(get(source.data, "tools")) else "mcp_servers"
        yield _at_key(source, [key], "many-tools", message, hint)


def _unspoken(source: Source, tools: list[Written]) -> Iterator[Diagnostic]:
    """Yield the words that a realtime llm is given to say, which it cannot."""
    places = [[*tool.where, "filler"] for tool in tools if _says(tool.get("filler"))]
    places += [
        ["tools", name, "say"]
        for name in declared_tools.RESERVED
        if get(source.data, "tools", name, "say") is not None
    ]
    for tool in tools:
        for name, choice in mapping(tool.get("switch")).items():
            if get(choice, "say") is not None:
                places.append([*tool.where, "switch", name, "say"])
    for where in places:
        node = source.key(where)
        line = source.line_in_words(source.key(["llm"]), node)
        message = f"the realtime llm on {line} cannot speak given words, so nothing is said"
        hint = 'write "instructions" in its place, or add a "tts" to say them'
        if where[-1] == "filler":
            hint = 'write {instructions: …} in its place, or add a "tts" to say it'
        other = source.key(["llm"])
        yield source.at(node, "realtime", message, hint, severity="warning", other=other)


def _says(filler: Any) -> bool:
    return isinstance(filler, str | list) or get(filler, "say") is not None


def _warning(
    source: Source, where: list[str], kind: str, message: str, hint: str, other: Any = None
) -> Diagnostic:
    return source.at(source.value(where), kind, message, hint, severity="warning", other=other)


def _at_key(source: Source, where: list[str], kind: str, message: str, hint: str) -> Diagnostic:
    return source.at(source.key(where), kind, message, hint, severity="warning")
