"""The script that stands in for an LLM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .phrases import ENGLISH, PHRASES, Phrases
from .replies import COLLECTED, Reply, instruction_of, text_of
from .taking_over import NO_AGENTS, Before, Newcomer, newcomer

# As LiveKit asks for a summary, and as a handoff does.
_SUMS_UP = ("Compress older conversation history", "Summarize this conversation for the colleague")
_SUMMED_UP = 60  # words
_USER = re.compile(r"(?s:<user>(.*?)</user>)|^user: (.*)$", re.M)
_QUOTED_WORDS = 25
_QUOTED_LETTERS = 80  # of a language that has no spaces between its words
_ENDS = (".", "!", "?", "。", "！", "？", "।")


def think(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] = (),
    language: str = "en",
    agents: Mapping[str, str] = NO_AGENTS,
    before: Before | None = None,
) -> Reply:
    """Return what the script does next in a conversation: it talks, or calls one of the tools.

    `agents` has the instructions of each of several agents, by name, the first one first, and
    `before` is the request before this one.
    """
    if is_summary(messages):
        return Reply(summary(messages))
    talk = [each for each in messages if each.get("role") in ("user", "assistant", "tool")]
    new, used = newcomer(messages, agents, before), None
    # LiveKit's tasks ask for some things before they offer a tool.
    asks = bool(messages) and "solely" in text_of(messages[0])
    told = bool(messages) and text_of(messages[-1]).startswith(COLLECTED)
    if tools or asks or told or (talk and talk[-1].get("role") == "tool"):
        # Here, as a talk without tools needs nothing of this.
        from .collecting import collect
        from .tool_script import use_tools

        used = collect(messages, tools, language)
        if used is None and new is None:
            used = use_tools(messages, tools, language)
    if used is None and new is not None:
        used = Reply(_introduced(new, language))
    return Reply(answer(messages, language)) if used is None else used


def is_summary(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a conversation is to be summed up, in place of going on with it."""
    return bool(messages) and text_of(messages[0]).startswith(_SUMS_UP)


def summary(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return a summary of a conversation that is written down: what the caller said."""
    said = _USER.findall(text_of(messages[-1]))
    words = " ".join(one or other for one, other in said).split()
    return f"The caller said: {' '.join(words[:_SUMMED_UP])}" if words else "Nothing was said."


def _introduced(said: Newcomer, language: str) -> str:
    """Return what an agent says that has just taken the call over."""
    phrases = PHRASES.get(language.partition("-")[0], ENGLISH)
    this_is = phrases.this_is.format(name=said.name.replace("_", " "))
    told = said.told and phrases.told.format(said=_quote(said.told, phrases))
    return f"{this_is} {told or phrases.greeting}"


def answer(messages: Sequence[Mapping[str, Any]], language: str = "en") -> str:
    """Return what the script says next in a conversation (chat-completion messages).

    In a language that it does not speak, it answers in English.
    """
    phrases = PHRASES.get(language.partition("-")[0], ENGLISH)
    asked = [text_of(m) for m in messages if m.get("role") == "user" and text_of(m)]
    instruction = instruction_of(messages)
    wanted = instruction or (asked or [""])[-1]
    # An operator may well write in English what an agent of another language is to do.
    if _hears(phrases.hears_long, wanted) or _hears(ENGLISH.hears_long, wanted):
        return phrases.passage
    if not asked:
        return phrases.greeting
    if instruction:
        return phrases.told.format(said=_quote(instruction, phrases))
    return _take_up(asked[-1], len(asked), phrases)


def _take_up(said: str, turn: int, phrases: Phrases) -> str:
    if (named := _hears(phrases.hears_name, said)) is not None:
        return phrases.named.format(name=named["name"].capitalize())
    if _hears(phrases.hears_goodbye, said):
        return phrases.goodbye
    if _hears(phrases.hears_thanks, said):
        return phrases.welcome
    quoted = _quote(said, phrases)
    if _hears(phrases.hears_question, said) or said.endswith(("?", "？")):
        return phrases.asked.format(said=quoted)
    if _hears(phrases.hears_hello, said):
        return phrases.hello.format(said=quoted)
    return phrases.closings[(turn - 1) % 3].format(said=quoted)


def _hears(pattern: str, said: str) -> re.Match[str] | None:
    return re.search(pattern, said, re.IGNORECASE)


def _quote(said: str, phrases: Phrases) -> str:
    words = said.split()
    quoted = " ".join(words[:_QUOTED_WORDS])
    if len(words) == 1:
        quoted = quoted[:_QUOTED_LETTERS]
    if len(quoted) < len(" ".join(words)):
        return quoted + phrases.and_so_on
    quoted = quoted[:1].upper() + quoted[1:]
    full_stop = phrases.and_so_on[-1]
    return quoted if quoted.endswith(_ENDS) else quoted + full_stop
