"""Words that are alike: forms of one, such as "booking" and "books"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]+")
# Those of Hindi have signs above and below, which are no letters for the module re.
_LETTER = r"(?:[^\W_]|[\u0900-\u0963\u0966-\u097f])"
_WORD = re.compile(rf"{_LETTER}+(?:'{_LETTER}+)?")
PUNCTUATION = r"[,.;:!?，。！？、]+"
"""What parts the clauses of a sentence, as a regular expression."""
STRIPPED = " ,.;:!?，。！？、"
"""What may be around an answer."""
_STEM = 4  # letters that two forms of a word have in common, at least


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list that is written with spaces."""
    return frozenset(text.split())


def content_words(text: str, ignored: frozenset[str] = frozenset()) -> list[str]:
    """Return the words of a text, in small letters, without those that are ignored.

    Of Chinese and Japanese, which have no spaces, each two characters are a word.
    """
    return [each for each in _parted(text.lower()) if each not in ignored]


def _parted(text: str) -> Iterator[str]:
    for match in _WIDE.finditer(text):
        run = match[0]
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))
    yield from (each for each in _WORD.findall(_WIDE.sub(" ", text)) if len(each) > 1)


def common(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Return how many of the wanted words, in whatever form, were heard."""
    return sum(any(same(one, other) for other in heard) for one in dict.fromkeys(wanted))


def same(one: str, other: str) -> bool:
    """Return whether two words are forms of one, such as "booking" and "books"."""
    if one == other:
        return True
    shared = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        shared += 1
    endings = len(one) - shared, len(other) - shared
    return (shared >= _STEM and max(endings) <= 3) or (shared >= 3 and max(endings) <= 1)
