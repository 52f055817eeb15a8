"""Values of variables as they may stand in a prompt and in what is spoken, whatever is in them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from .templates import written

MOST_IN_PROMPT = 8_000
"""Characters of one value that the llm is told."""
MOST_IN_SPEECH = 500
"""Characters of one value that are spoken."""

# What joins letters and pictures in several scripts, and shows nothing by itself.
_JOINERS = {"\u200c", "\u200d"}
# Tags and selectors, in which a text can be hidden that nobody sees and an llm reads.
_HIDDEN = range(0xE0000, 0xE1000)
# What voices and LiveKit take for markup: <break/>, [laughs], {phonemes}.
_MARKUP = re.compile(r"[<>\[\]{}]")


def cleaned(value: Any) -> Any:
    """Return a value without what no text in UTF-8 can have: halves of characters."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {cleaned(key): cleaned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    return value


def in_prompt(value: Any) -> str:
    """Return a value as JSON on one line, which nothing in it can end.

    Line breaks, invisible characters, angle brackets and the braces of templates are escaped. One
    that is longer than MOST_IN_PROMPT is cut, and says so.
    """
    if isinstance(value, str):
        value = "".join(" " if unicodedata.category(each) == "Zs" else each for each in value)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(said) > MOST_IN_PROMPT:
        value = f"{said[:MOST_IN_PROMPT]}… (cut off here: it has {len(said)} characters)"
    in_json = json.dumps(value, ensure_ascii=False).replace("{{", "{\\u007b")
    return "".join(each if _is_plain(each) else _escaped(each) for each in in_json)


def in_speech(value: Any) -> str:
    """Return a value as words on one line, without what a voice may take for markup.

    One that is longer than MOST_IN_SPEECH is cut.
    """
    said = ", ".join(map(written, value)) if isinstance(value, list) else written(value)
    said = "".join(each if _is_spoken(each) else " " for each in said)
    return " ".join(_MARKUP.sub(" ", said).split())[:MOST_IN_SPEECH]


def _is_plain(char: str) -> bool:
    return char not in "<>" and _is_spoken(char)


def _is_spoken(char: str) -> bool:
    return (char.isprintable() or char in _JOINERS) and ord(char) not in _HIDDEN


def _escaped(char: str) -> str:
    """Return the escape of a character in JSON, which has two for one beyond U+FFFF."""
    codes = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{codes[at : at + 2].hex()}" for at in range(0, len(codes), 2))
