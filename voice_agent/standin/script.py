"""The script that stands in for an LLM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

PASSAGE = (
    "Very well, here is something somewhat long and rather boring, from the offline stand-in. "
    "Let us consider the ordinary paper clip, which is a short piece of wire, bent three times. "
    "It is bent once at the top, once at the bottom, and once again somewhere in between. "
    "Nobody remembers the first one, and very few people have ever asked. "
    "A box of paper clips usually holds one hundred of them, although it is seldom counted. "
    "Some of them are silver, some are coated in colour, and all of them hold paper. "
    "When a paper clip is not holding paper, it lies in a drawer, and waits. "
    "The drawer is opened in the morning, and it is closed again in the evening. "
    "In between, very little happens, and it happens slowly. "
    "That is all there is to say about paper clips, and I thank you for your patience."
)

GREETING = (
    "Hello, and welcome. I am the offline stand-in for your agent's language model. "
    "What can I do for you?"
)

_LONG = re.compile(
    r"\b(long and|(?:somewhat|rather|very|something|quite|really) long|boring|lengthy|at length|"
    r"long(?:er)? (?:story|speech|text|answer|passage|reply|explanation|talk|one)|"
    r"(?:tell|read) (?:me |us )?(?:a|another|the) story|in (?:great )?detail|essay|lecture|"
    r"monologue|keep (?:on )?talking)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:oh |well )?(?:hello|hi|hey|good (?:morning|afternoon|evening))\b", re.IGNORECASE
)
_GOODBYE = re.compile(r"\b(goodbye|good bye|bye|see you|farewell|good night)\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(thanks|thank you|cheers)\b", re.IGNORECASE)
_NAME = re.compile(r"\bmy name(?: is|'s) (?P<name>[\w'-]+)", re.IGNORECASE)
_QUESTION = re.compile(
    r"^(?:and |so |but |well |please )*(?:what|who|whom|whose|when|where|why|how|which|can|could|"
    r"do|does|did|is|are|am|was|were|will|would|should|may|have|has)\b",
    re.IGNORECASE,
)
_QUOTED_WORDS = 25


def answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return what the script says next in a conversation (chat-completion messages)."""
    asked = [_text(m) for m in messages if m.get("role") == "user" and _text(m)]
    # The first message says what the agent is; one that comes last asks for this one answer.
    last = messages[-1] if len(messages) > 1 else {}
    instruction = _text(last) if last.get("role") in ("system", "developer") else ""
    if _LONG.search(instruction or (asked or [""])[-1]):
        return PASSAGE
    if not asked:
        return GREETING
    if instruction:
        return f"I was told: {_quote(instruction)} I am only the offline stand-in, so that is all."
    return _take_up(asked[-1], turn=len(asked))


def _take_up(said: str, turn: int) -> str:
    if (named := _NAME.search(said)) is not None:
        return f"Nice to meet you, {named['name'].capitalize()}. I am only the offline stand-in."
    if _GOODBYE.search(said):
        return "Goodbye, and thank you for calling the offline stand-in."
    if _THANKS.search(said):
        return "You are welcome. Is there anything else for the offline stand-in?"
    quoted = _quote(said)
    if _QUESTION.search(said) or said.endswith("?"):
        return (
            f"You asked: {quoted} I am only the offline stand-in, so I do not know the answer, "
            "but I heard the question."
        )
    if _GREETING.search(said):
        return f"You said: {quoted} Hello to you too, from the offline stand-in."
    closing = (
        "I am only the offline stand-in, so that is all I can say about it.",
        "I am still the offline stand-in, but I am listening.",
        "A stand-in like me can only repeat that, so please go on.",
    )[(turn - 1) % 3]
    return f"You said: {quoted} {closing}"


def _quote(said: str) -> str:
    words = said.split()
    if len(words) > _QUOTED_WORDS:
        return " ".join(words[:_QUOTED_WORDS]) + ", and so on."
    quoted = " ".join(words)
    quoted = quoted[:1].upper() + quoted[1:]
    return quoted if quoted.endswith((".", "!", "?")) else f"{quoted}."


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(part for part in parts if isinstance(part, str)).strip()
    return ""
