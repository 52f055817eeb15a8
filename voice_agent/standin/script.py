"""The script that stands in for an LLM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .phrases import ENGLISH, PHRASES, Phrases
from .replies import Reply, text_of

_QUOTED_WORDS = 25
_QUOTED_LETTERS = 80  # of a language that has no spaces between its words
_ENDS = (".", "!", "?", "。", "！", "？", "।")


def think(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] = (),
    language: str = "en",
) -> Reply:
    """Return what the script does next in a conversation: it talks, or calls one of the tools."""
    talk = [each for each in messages if each.get("role") in ("user", "assistant", "tool")]
    if tools or (talk and talk[-1].get("role") == "tool"):
        # Here, as a talk without tools needs nothing of this.
        from .tool_script import use_tools

        used = use_tools(messages, tools, language)
        if used is not None:
            return used
    return Reply(answer(messages, language))


def answer(messages: Sequence[Mapping[str, Any]], language: str = "en") -> str:
    """Return what the script says next in a conversation (chat-completion messages).

    In a language that it does not speak, it answers in English.
    """
    phrases = PHRASES.get(language.partition("-")[0], ENGLISH)
    asked = [text_of(m) for m in messages if m.get("role") == "user" and text_of(m)]
    # The first message says what the agent is; one that comes last asks for this one answer.
    last = messages[-1] if len(messages) > 1 else {}
    instruction = text_of(last) if last.get("role") in ("system", "developer") else ""
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
