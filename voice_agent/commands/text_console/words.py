"""Text in rows of whole words, as wide as a terminal shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from prompt_toolkit.utils import get_cwidth

_JOINER = "\u200d"  # makes one sign of two, such as a family of its members


def wrap(text: str, columns: int) -> list[str]:
    """Return the rows of a text; a word is parted only if it is wider than the terminal."""
    rows = []
    for line in text.split("\n"):
        row, room = "", columns
        for word in _words(line):
            wide = get_cwidth(word.rstrip())
            if row and wide > room:
                rows.append(row.rstrip())
                row, room = "", columns
            while wide > room:
                part = _beginning(word, room)
                rows.append(part)
                word = word[len(part) :]
                wide = get_cwidth(word.rstrip())
            row += word
            room -= get_cwidth(word)
        rows.append(row.rstrip())
    return rows


def whole_words(text: str) -> str:
    """Return a text without its last word, which may not be complete yet."""
    words = list(_words(text))
    if words and not words[-1][-1:].isspace():
        words.pop()
    return "".join(words)


def _words(line: str) -> Iterator[str]:
    """Yield words with the blanks after them; a wide character, as in Chinese, is a word."""
    word = ""
    for char in line:
        if word and _begins_a_word(word[-1], char):
            yield word
            word = ""
        word += char
    if word:
        yield word


def _begins_a_word(before: str, char: str) -> bool:
    if char.isspace() or before == _JOINER:
        return False
    wide = get_cwidth(char) > 1 or get_cwidth(before) > 1
    closes = unicodedata.category(char) in ("Pe", "Pf", "Po")
    return before.isspace() or (wide and get_cwidth(char) > 0 and not closes)


def _beginning(word: str, columns: int) -> str:
    """Return as much of a word as fits, and at least a character."""
    end = 1
    while end < len(word) and get_cwidth(word[: end + 1]) <= columns:
        end += 1
    return word[:end]
