"""The sentences of a prompt: what ends one, and what introduces it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# No prompt is longer, and a file made to be slow is not read to its end.
LONGEST = 50_000
_BULLET = r"(?:[-*•]|\d+[.)])\s+"
_BETWEEN_SENTENCES = re.compile(
    rf"\n(?=\s*{_BULLET})"
    r"|\n\s*\n"
    r"|(?<=[^\d\s.][.!?])(?:[^\S\n]+|\n)"  # no item's number, no ellipsis
)
_BETWEEN_BLOCKS = re.compile(rf"\n(?=\s*(?:{_BULLET}|#))|\n\s*\n|(?<=:)[*_ ]*\n")
_HEADING = re.compile(r"^[^\S\n]*#.*$", re.MULTILINE)


def plain(sentence: str) -> str:
    """Return a sentence with straight apostrophes alone, as many letters long."""
    return sentence.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield each sentence, with the one before it or, in a list, the one that introduces it."""
    introduction = ""
    text = text[:LONGEST]
    for part in _BETWEEN_SENTENCES.split(text):
        item = re.match(_BULLET, part)
        if sentence := " ".join(part[item.end() if item else 0 :].split()):
            yield sentence, introduction
            introduction = introduction if item else sentence


def paragraphs(text: str) -> Iterator[tuple[str, str]]:
    """Yield each sentence, with the heading above it or, in a list, what introduces the list."""
    heading = introduction = ""
    apart = _HEADING.sub(r"\g<0>\n", text[:LONGEST])
    for block in _BETWEEN_BLOCKS.split(apart):
        item = re.match(_BULLET, block.lstrip())
        parts = _BETWEEN_SENTENCES.split(block.lstrip()[item.end() if item else 0 :])
        found = [" ".join(part.split()) for part in parts if part.strip()]
        yield from ((sentence, introduction if item else heading) for sentence in found)
        if found and (found[-1].rstrip("*_ ").endswith(":") or block.lstrip().startswith("#")):
            heading = introduction = found[-1]
        elif found and not item:
            introduction = found[-1]
