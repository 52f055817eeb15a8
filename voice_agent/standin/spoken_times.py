"""Days and times of day as people say or type them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from .asking import Asking, asking_in
from .details_words import details_in
from .spoken_details import date_in, month_in

_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})\.?(?:(\d{4}))?")
_TIME = re.compile(r"\b([01]?\d|2[0-3])[:h](\d\d)\b")
_HOUR = re.compile(
    r"(?:\bat|\bum|\ba las?|\bàs?|\bà|\balle|\bom) (\d{1,2}|\w+)(?! (?:people|persons|guests))\b|"
    r"\b(\d{1,2}|\w+) ?(?:o'?clock|p\.?m\b|a\.?m\b|uhr\b|heures?\b|uur\b)|(\d{1,2})[点時]",
    re.I,
)
_MORNING = re.compile(r"\b(?:a\.?m\b|in the morning|(?<!bis )morgens|vormittags)", re.I)
# A month, with the day before or after it, and the year.
_OF_MONTH = (
    r"(?:\d{{1,2}}\S{{0,2}} (?:of |de |di )?)?{}"
    r"(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!:))?(?:,? \d{{4}})?"
)


def day_in(said: str, language: str) -> tuple[str | None, str]:
    """Return a day, as ISO 8601 has it, and the words that it was taken from; None for none."""
    today = date.today()
    if match := _ISO_DATE.search(said):
        return match[0], match[0]
    if match := _DATE.search(said):
        try:
            day = date(int(match[3] or today.year), int(match[2]), int(match[1]))
        except ValueError:
            return None, ""
        if day < today and not match[3]:
            day = day.replace(year=day.year + 1)
        return day.isoformat(), match[0]
    for month_words in details_in(language):
        month = month_in(said, month_words)
        if month is not None and (named := _of_month(said, language)) is not None:
            name = re.escape(said[month[1] : month[2]])
            words = re.search(_OF_MONTH.format(name), said)
            return named, words[0] if words else ""
    for days, word in _days(said, today, asking_in(language)):
        return (today + timedelta(days)).isoformat(), word
    return None, ""


def _of_month(said: str, language: str) -> str | None:
    """Return a day of a month; without a year, the next one."""
    today = date.today()
    if re.search(r"(?<!\d)\d{4}(?!\d)", said):
        written = date_in(said, language)
        return written.isoformat() if written else None
    for year in (today.year, today.year + 1):
        found = date_in(f"{said} {year}", language)
        if found is not None and found >= today:
            return found.isoformat()
    return None


def _days(said: str, today: date, languages: tuple[Asking, ...]) -> Iterator[tuple[int, str]]:
    for words in languages:
        for number, word in enumerate(words.weekdays):
            if match := re.search(word, said, re.IGNORECASE):
                yield (number - today.weekday()) % 7 or 7, match[0]
        for word, days in words.now.items():
            if match := re.search(word, said, re.IGNORECASE):
                yield days, match[0]


def time_in(said: str, language: str) -> tuple[str | None, str]:
    """Return a time of day, such as 19:30, and the words that it was taken from; None for none."""
    languages = asking_in(language)
    if match := _TIME.search(said):
        return f"{int(match[1]):02}:{match[2]}", match[0]
    for match in _HOUR.finditer(said):
        written = next(filter(None, match.groups()))
        hour = _hour(written, languages)
        if hour is None or hour > 23:
            continue
        late = any(re.search(words.evening, said, re.IGNORECASE) for words in languages)
        # Nobody who says "at seven" and no more means the morning, unless it is eight or later.
        usual = hour < 8 and not _MORNING.search(said)
        return f"{hour + 12 if hour < 12 and (late or usual) else hour:02}:00", match[0]
    return None, ""


def _hour(written: str, languages: tuple[Asking, ...]) -> int | None:
    if written.isdecimal():
        return int(written)
    for words in languages:
        if written.lower() in words.numbers:
            return words.numbers.index(written.lower()) + 1
    return None
