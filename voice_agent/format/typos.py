"""Whether a model's name is a slip of the keyboard, or only one that is not known here."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A shorter run of letters is a part of a version, like the o of 4o or the v of v3.
_SHORTEST_WORD = 3
# A run this long is misread as easily as mistyped: two slips are then still one word.
_LONG_WORD = 8


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that another is a slip of, if there is one.

    Names differ for good reasons in their digits (gpt-4.1 and gpt-4.2, nova-2 and nova-3) and in
    whole words (nova-3 and nova-3-general), so neither is ever a slip. What is: capital letters,
    other separators, and a letter too many, too few, wrong or in its neighbour's place, in one of
    the words, or two such letters in a long one.
    """
    return next((each for each in known if name != each and _is_slip(name, each)), None)


def _is_slip(name: str, known: str) -> bool:
    name = name.lower()
    if name == known or _joined(name) == _joined(known):
        return True
    words, others = _words(name), _words(known)
    if len(words) != len(others):
        return False
    differ = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    return len(differ) == 1 and _is_slip_of_a_word(*differ[0])


def _is_slip_of_a_word(word: str, known: str) -> bool:
    if word.isdigit() or known.isdigit() or min(len(word), len(known)) < _SHORTEST_WORD - 1:
        return False
    if len(known) < _SHORTEST_WORD:
        return False
    return distance(word, known) <= (2 if len(known) >= _LONG_WORD else 1)


def _joined(name: str) -> str:
    return re.sub(r"[-_./]", "", name)


def _words(name: str) -> list[str]:
    """The runs of letters and of digits in a name, and what separates them."""
    return re.findall(r"[a-z]+|[0-9]+|[^a-z0-9]", name)


def distance(one: str, other: str) -> int:
    """How many letters are too many, too few, wrong, or in their neighbour's place."""
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
