"""Every "did you mean": the known word or name that a misspelt one stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable

# No key or name that people mistype is longer, and a file made to be slow may have longer ones.
_LONGEST = 200
# What is between two words, which may be nothing but a capital letter that begins the second.
_SEPARATOR = re.compile(r"[-_./: ]|(?<=[a-z])(?=[A-Z])")


def closest(word: str, choices: Iterable[object]) -> str | None:
    """Return the choice that a word is a slip or a part of, the nearest first; None without one.

    A slip is a letter too many, too few, wrong, or in its neighbour's place: one in up to seven
    letters, and one more for every further eight. Capital letters and separators do not count, so
    `On-Enter` is `on_enter`. A part has at least half of the letters: `pause` is one of `pause_ms`,
    and a choice may be a part of the word. A choice that is no text is never returned.
    """
    if len(word) > _LONGEST:
        return None
    found: str | None = None
    smallest: tuple[bool, int] | None = None
    for choice in choices:
        if not isinstance(choice, str) or (difference := _difference(word, choice)) is None:
            continue
        if smallest is None or difference < smallest:
            found, smallest = choice, difference
    return found


def closest_model(name: str, known: Iterable[str]) -> str | None:
    """Return the known name, of a model or a provider, that a name is a slip of; None without one.

    Names differ for good reasons in their digits (gpt-4.1 and gpt-4.2, nova-2 and nova-3) and in
    whole words (nova-3 and nova-3-general), so neither is ever a slip: it is in the letters of one
    word, in capital letters, or in separators.
    """
    return next((each for each in known if name != each and _is_slip_of_name(name, each)), None)


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters are too many, too few, wrong, or in their neighbour's place.

    Counting stops once there are more than `most`, which is quick, and returns one more than that.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
        if min(*before, *row) > most:
            return most + 1
    return row[-1]


def _difference(word: str, choice: str) -> tuple[bool, int] | None:
    """Return how much two words differ, slips before parts; None where they are not alike."""
    one, other = _plain(word), _plain(choice)
    if (slips := _slips(one, other)) is not None:
        return False, slips
    left_over = abs(len(one) - len(other))
    words, others = _words(word), _words(choice)
    is_part = words <= others or others <= words or other.startswith(one) or other.endswith(one)
    return (True, left_over) if is_part and left_over <= min(len(one), len(other)) else None


def _slips(one: str, other: str) -> int | None:
    """Return how many slips two words are apart; None where that is too many for their length."""
    length = max(len(one), len(other))
    most = 0 if length < 3 else 1 + length // 8
    slips = distance(one, other, most)
    return slips if slips <= most else None


def _plain(word: str) -> str:
    return _SEPARATOR.sub("", word).lower()


def _words(word: str) -> set[str]:
    return set(_SEPARATOR.sub(" ", word).lower().split(" "))


def _is_slip_of_name(name: str, known: str) -> bool:
    if _plain(name) == _plain(known):
        return True
    runs, others = _runs(name), _runs(known)
    if len(runs) != len(others):
        return False
    differ = [pair for pair in zip(runs, others, strict=True) if pair[0] != pair[1]]
    if len(differ) != 1 or not "".join(differ[0]).isalpha():
        return False
    return _slips(*differ[0]) is not None


def _runs(name: str) -> list[str]:
    """Return the runs of letters and of digits in a name, and each character between them."""
    return re.findall(r"[a-z]+|[0-9]+|[^a-z0-9]", name.lower())
