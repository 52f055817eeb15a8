"""How the script uses tools: it calls them, asks for what they lack, and tells what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .asking import asking_in
from .phrases import ENGLISH, PHRASES
from .replies import (
    COLLECTED,
    Messages,
    Reply,
    ToolCall,
    ended_calls,
    instruction_of,
    talk_of,
    text_of,
)
from .tool_arguments import (
    argument_in,
    choices,
    find_arguments,
    inlined,
    missing,
    spoken_name,
)
from .tool_choice import choose
from .ways import agent_of, chosen_key

_LONGEST = 60  # words of a result
_DEEPEST = 4
_ENDS = (".", "!", "?", "。", "！", "？")
_ASKS_AGAIN = re.compile(r"\bcall (?:the tool|it) again\b", re.I)
_SILENT = re.compile(r"\bsay nothing more\b", re.I)
_COLLECTED = re.compile(r"^([\w.]+): (.*)$")
_MARKUP = re.compile(r"</?[\w:-]+>")


def use_tools(
    messages: Messages, tools: Sequence[Mapping[str, Any]], language: str
) -> Reply | None:
    """Return what the script does about the tools that it has; None where it only talks.

    `tools` have a name, a description and parameters each, as chat completions have them.
    """
    talk = talk_of(messages)
    if not talk:
        return None
    if text_of(messages[-1]).startswith(COLLECTED):
        facts = ", ".join(_COLLECTED.sub(r"\1 \2", each) for each in _lines(messages[-1]))
        return Reply(_stated(facts, language))
    if talk[-1].get("role") == "tool":
        return Reply(told(talk, language))
    if talk[-1].get("role") != "user" or messages[-1] is not talk[-1]:
        return _instructed(messages, tools, language)
    said = text_of(talk[-1])
    if (again := _agreed_to(talk, said, language)) is not None:
        return Reply(calls=again)
    asked = list(_asked_before(talk, tools, language))
    name = choose(said, tools, language)
    if not asked and (key := chosen_key(said, tools, language, _opened(talk))):
        return Reply(calls=(ToolCall("choose", {"key": key}),))
    if asked and name in (None, asked[0][0]["name"]):
        return _answered(asked, language)
    tool = next((each for each in tools if each["name"] == name), None)
    if tool is None:
        return None
    return _call(tool, find_arguments(said, _schema(tool), language), language)


def _instructed(
    messages: Messages, tools: Sequence[Mapping[str, Any]], language: str
) -> Reply | None:
    """Call a tool that an instruction for this one answer names, as it is spelt."""
    if not (text := instruction_of(messages)):
        return None
    for tool in tools:
        if re.search(rf"(?<!\w){re.escape(str(tool['name']))}(?!\w)", text):
            return _call(tool, find_arguments(text, _schema(tool), language), language)
    return None


def _call(tool: Mapping[str, Any], arguments: Mapping[str, Any], language: str) -> Reply:
    lacking = missing(arguments, _schema(tool))
    if lacking:
        return Reply(_question(tool, lacking[0], language))
    return Reply(calls=(ToolCall(str(tool["name"]), arguments),))


def _question(tool: Mapping[str, Any], name: str, language: str) -> str:
    schema = _schema(tool).get("properties", {}).get(name, {})
    listed = [spoken_name(each) for each in choices(schema)]
    what = str(schema.get("description") or spoken_name(name)).strip().rstrip(".。")
    if listed:
        what = f"{spoken_name(name)} ({', '.join(listed)})"
    words = asking_in(language)[0]
    named = agent_of(str(tool["name"])) or spoken_name(str(tool["name"]))
    return words.needs.format(tool=named, what=what) + "."


def _agreed_to(talk: Messages, said: str, language: str) -> tuple[ToolCall, ...] | None:
    """Return the calls that the caller has just agreed to, as a tool wanted; None for none."""
    if len(talk) < 4 or talk[-2].get("role") != "assistant" or talk[-3].get("role") != "tool":
        return None
    agreed = any(re.search(each.yes, said, re.IGNORECASE) for each in asking_in(language))
    if not agreed or not _ASKS_AGAIN.search(text_of(talk[-3])):
        return None
    written = [call.get("function", {}) for call in talk[-4].get("tool_calls") or ()]
    return tuple(ToolCall(call["name"], json.loads(call["arguments"])) for call in written) or None


_Asked = tuple[Mapping[str, Any], str, str, str]
"""A tool, what it lacked, and what the caller had said before and after it was asked for."""


def _asked_before(
    talk: Messages, tools: Sequence[Mapping[str, Any]], language: str
) -> Iterator[_Asked]:
    """Yield the questions for one tool with which the talk ends, from the first one on."""
    found: list[_Asked] = []
    questions = {
        _question(tool, name, language): (tool, name)
        for tool in tools
        for name in missing({}, _schema(tool))
    }
    at = len(talk) - 1
    while at >= 2 and talk[at].get("role") == talk[at - 2].get("role") == "user":
        tool, name = questions.get(text_of(talk[at - 1]), ({}, ""))
        if not name or (found and found[0][0] is not tool):
            break
        found.insert(0, (tool, name, text_of(talk[at - 2]), text_of(talk[at])))
        at -= 2
    yield from found


def _answered(asked: Sequence[_Asked], language: str) -> Reply | None:
    """Go on with the tool for which something was asked, unless the caller has dropped it."""
    tool = asked[0][0]
    schema = _schema(tool)
    arguments = find_arguments(asked[0][2], schema, language)
    for _, name, _, answer in asked:
        found = find_arguments(answer, schema, language)
        value = argument_in(answer, schema["properties"][name], name, language)
        arguments = {**found, **arguments}
        if value is not None:
            arguments[name] = value
    _, name, _, answer = asked[-1]
    dropped = any(re.search(each.no, answer, re.IGNORECASE) for each in asking_in(language))
    again = len(asked) > 1 and asked[-2][1] == name
    if name not in arguments and (dropped or again):
        return None
    return _call(tool, arguments, language)


def told(talk: Messages, language: str) -> str:
    """Return a sentence with what the tools that were called last have answered."""
    results: list[str] = []
    for message in reversed(talk):
        if message.get("role") != "tool":
            if _calls(message) == ["end_call"]:
                return PHRASES.get(language.partition("-")[0], ENGLISH).goodbye
            break
        results.insert(0, _facts(text_of(message)))
    if results and _SILENT.search(text_of(talk[-1])):
        return ""
    return _stated(" ".join(filter(None, results)), language)


def _stated(facts: str, language: str) -> str:
    words = asking_in(language)[0]
    if not facts:
        return words.done
    if facts.endswith(_ENDS):
        return facts
    return words.found.format(facts=facts) + "."


def _opened(talk: Messages) -> str:
    """Return the key of a menu that was chosen last; "" for none."""
    chosen = [call.arguments for call, _ in ended_calls(talk) if call.tool == "choose"]
    return str(chosen[-1].get("key", "")) if chosen else ""


def _lines(message: Mapping[str, Any]) -> list[str]:
    """Return the lines of a message after the first one."""
    return text_of(message).splitlines()[1:]


def _calls(message: Mapping[str, Any]) -> list[str]:
    """Return the names of the tools that a message calls."""
    calls = message.get("tool_calls") or ()
    return [str(call.get("function", {}).get("name")) for call in calls]


def _facts(output: str) -> str:
    """Return the result of a tool in words that can be spoken."""
    plain = " ".join(_MARKUP.sub(" ", output).split())
    try:
        data = json.loads(plain)
    except ValueError:
        # What is a sentence already is said as it is.
        data = plain if plain.endswith(_ENDS) or len(plain.split()) < 3 else f"{plain}."
    if data == {"ok": True}:
        return ""  # which is what a service answers that has no example
    parts = list(_spoken(data, ()))
    words = ", ".join(parts).split()
    return " ".join(words[:_LONGEST]) + (", …" if len(words) > _LONGEST else "")


def _spoken(data: object, where: tuple[str, ...]) -> Iterator[str]:
    if isinstance(data, Mapping) and len(where) < _DEEPEST:
        for key, value in data.items():
            yield from _spoken(value, (*where, spoken_name(str(key)) or str(key)))
    elif isinstance(data, list) and len(where) < _DEEPEST:
        for each in data:
            yield from _spoken(each, where)
    elif data is not None and data != "":
        value = {True: "yes", False: "no"}.get(data, data) if isinstance(data, bool) else data
        label = " ".join(where)
        yield f"{label} {value}" if label else str(value)


def _schema(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = tool.get("parameters")
    return inlined(schema) if isinstance(schema, Mapping) else {}
