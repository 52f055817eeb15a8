"""Names, addresses and dates as people say or type them."""

from __future__ import annotations

import re
from datetime import date

from .asking import asking_in, ignored_in
from .details_words import Details, details_in
from .likeness import PUNCTUATION, STRIPPED, words_of
from .spoken_numbers import digits_in, numbers_in

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LETTER = r"[^\W\d_]"
_SPELLED = re.compile(rf"(?<![\w'\u2019]){_LETTER}(?:(?:[ -]|\. ?|, ?){_LETTER}(?!\w))+\.?", re.I)
_LETTERS = re.compile(rf"(?<![\w'\u2019]){_LETTER}(?:,? {_LETTER}(?!\w))+", re.I)
_LAST_WORD = re.compile(r"([\w.+-]+) ([^\W\d_]+)@")  # "king nine at …" is "king9@…"
_WORDS = re.compile(r"[\w\u0900-\u0963\u0966-\u097f'\u2019.-]+")
_ENDS_A_NAME = words_of(
    "a an the and or but from here in at with for of to my it is und aber von aus hier y de "
    "desde et mais e ma da en maar van speaking calling please bitte sir"
)
_LOWER_IN_NAMES = words_of("van von de der den del della di da la le el ter ten bin ibn")
_NO = r"^(?:no|nope|nein|nee|non|não|नहीं|いいえ|不)(?!\w)"
_LONGEST_NAME = 4  # words
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_WIDE_DATE = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]")
_PARTED = re.compile(r"\b(\d{1,2}) ?([./ -]) ?(\d{1,2}) ?[./ -] ?(\d{4}|\d{2})\b")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?!\d)(?:st|nd|rd|th|\.|er|º|ª)?", re.I)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
)
_CENTURY = re.compile(
    r"\b(nineteen|twenty)[ -](?:(?:oh|zero|o)[ -])?([a-z]+(?:[ -][a-z]+)?)\b|"
    r"\btwo thousand(?:(?: and)? ([a-z]+(?:[ -][a-z]+)?))?\b",
    re.I,
)
_EXPIRY = re.compile(r"\b(0?[1-9]|1[0-2]) ?[/. -] ?(?:20)?(\d\d)\b")


def email_in(said: str, language: str) -> str | None:
    """Return an email address, typed or said as in "ada at example dot com"."""
    if match := _EMAIL.search(said):
        return match[0].rstrip(".")
    words = details_in(language)
    text = f" {said} "
    for each, sign in (("underscore", "_"), ("dash", "-"), ("dot", "."), ("at", "@")):
        spoken = "|".join(getattr(word, each) for word in words)
        # Chinese and Japanese have no spaces around them.
        bounds = r"(?<![\w\u0900-\u0963\u0966-\u097f])", r"(?![\w\u0900-\u0963\u0966-\u097f])"
        wide = "|".join(part for part in spoken.split("|") if part > "\u2fff")
        pattern = rf"{bounds[0]}(?:{spoken}){bounds[1]}" + (f"|(?:{wide})" if wide else "")
        text = re.sub(rf"[\s,]*(?:{pattern})[\s,]*", sign, text, flags=re.I)
    text = re.sub(r"(?<=[._@-])(\w+)", lambda part: digits_in(part[1], language) or part[1], text)
    while (match := _LAST_WORD.search(text)) and (digits := digits_in(match[2], language)):
        text = f"{text[: match.end(1)]}{digits}{text[match.end() - 1 :]}"
    joined = _LETTERS.sub(lambda part: re.sub(r"[, ]", "", part[0]), text)
    match = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", joined)
    if match is None or not match[0].isascii():
        return None
    return match[0].lower().rstrip(".")


def phone_in(said: str, language: str) -> str | None:
    """Return a telephone number, typed or said digit by digit; None under seven digits."""
    digits = digits_in(re.sub(r"(?<=\d)[ ().,/-]+(?=\d)", " ", said), language)
    return digits if len(digits.lstrip("+")) >= 7 else None


def name_in(said: str, language: str, *, bare: bool = False) -> str | None:
    """Return the name of a person after words such as "my name is".

    With `bare`, an answer may be nothing but a name.
    """
    for words in details_in(language):
        for match in reversed([*re.finditer(words.named, said, re.I)]):
            rest = said[match.start("name") :] if _SPELLED.search(said) else match["name"]
            name = _name(rest, language, sure=False)
            # "I am unhappy" is no name, unless that is what was asked for.
            if name and (bare or rest.lstrip() != rest.lstrip().lower() or rest[:1] > "\u00ff"):
                return name
    answer = answer_in(said, language)
    return _name(answer, language, sure=True) if bare else None


def _name(text: str, language: str, *, sure: bool) -> str | None:
    """Return the name that a text begins with, or that it is where that must be `sure`."""
    spelled = _SPELLED.search(text)
    before = text[: spelled.start()] if spelled else text
    ignored = ignored_in(language)
    words: list[str] = []
    for word in _WORDS.findall(re.split(PUNCTUATION, before)[0]):
        plain = word.strip(".'").lower()
        named = plain in _LOWER_IN_NAMES and words and word.islower()
        if not plain or any(char.isdigit() for char in plain):
            break
        if plain in _ENDS_A_NAME and not named:
            break
        if word.islower() and words and words[-1][:1].isupper() and not named:
            break
        words.append(word.strip("."))
    common = [each for each in words if each in ignored - _LOWER_IN_NAMES]
    heard = len(_WORDS.findall(before))
    if spelled:
        letters = re.sub(r"[^\w]", "", spelled[0]).capitalize()
        if words and words[-1][:1].lower() == letters[:1].lower():
            words.pop()
        return " ".join([*map(_capital, words), letters])
    small = " ".join(words).islower()
    if not words or len(words) > _LONGEST_NAME or common:
        return None
    if len(words) < heard and (sure or small):
        return None
    if any(re.search(rf"(?:{each.yes})\W*$", text.strip(), re.I) for each in details_in(language)):
        return None
    if any(re.search(each.wants, text, re.I) for each in asking_in(language)):
        return None
    return " ".join(map(_capital, words))


def _capital(word: str) -> str:
    small = word.lower() in _LOWER_IN_NAMES and word.islower()
    return word if small or not word.islower() else word[:1].upper() + word[1:]


def answer_in(said: str, language: str) -> str:
    """Return what is given in an answer such as "No, it is near the window"."""
    text = re.sub(r"(?:です|と申します|ともうします)[。.]?$", "", said.strip())
    for words in details_in(language):
        for pattern in (words.yes, _NO, words.corrects, words.leads):
            if (match := re.match(pattern, text, re.I)) and match.end() < len(text):
                text = text[match.end() :].strip(STRIPPED)
    return text


def date_in(said: str, language: str) -> date | None:
    """Return a date that has a year, however it is said; None where there is none, or no such."""
    for pattern in (_ISO, _WIDE_DATE):
        if match := pattern.search(said):
            return _date(int(match[1]), int(match[2]), int(match[3]))
    for words in details_in(language):
        if (month := month_in(said, words)) is not None:
            number, begin, end = month
            rest = f"{said[:begin]} / {said[end:]}"
            year = _year(rest)
            if year is None:
                continue
            day = _day(rest.replace(str(year), " ", 1), language)
            return _date(year, number, day) if day else None
    if match := _PARTED.search(said):
        first, second = int(match[1]), int(match[3])
        year = _full(int(match[4]))
        # Only Americans part the numbers by a stroke, and begin with the month.
        american = match[2] in "/ " and language.startswith("en") and first <= 12
        return _date(year, first, second) if american else _date(year, second, first)
    return None


def month_in(said: str, words: Details) -> tuple[int, int, int] | None:
    """Return the month that is named, from 1, and where its name begins and ends."""
    found = []
    for number, names in enumerate(words.months, start=1):
        for name in names.split("|"):
            short = rf"{name[:3]}\.?" if name.isascii() and name != "may" else name
            before = r"(?<!\w)" if name < "\u2fff" else ""
            after = r"(?![\w\u0900-\u0963\u0966-\u097f])" if name < "\u2fff" else ""
            if match := re.search(rf"{before}(?:{name}|{short}){after}", said, re.I):
                found.append((match.end() - match.start(), number, match.start(), match.end()))
    if not found:
        return None
    return max(found)[1:]


def expiration_in(said: str, language: str) -> tuple[int, int] | None:
    """Return the month and the year, of two digits, in which a card expires."""
    if match := _EXPIRY.search(said):
        return int(match[1]), int(match[2])
    for words in details_in(language):
        if (month := month_in(said, words)) is not None:
            digits = digits_in(said[month[2] :], language)
            if len(digits) in (2, 4):
                return month[0], int(digits[-2:])
    digits = digits_in(said, language)
    if len(digits) == 4 and 1 <= int(digits[:2]) <= 12:
        return int(digits[:2]), int(digits[2:])
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full(year: int) -> int:
    """Return a year of four digits; one of two was not long ago."""
    if year >= 100:
        return year
    return year + (2000 if year <= date.today().year % 100 else 1900)


def _year(said: str) -> int | None:
    if match := _YEAR.search(said):
        return int(match[1])
    for match in _CENTURY.finditer(said):
        if (year := _of_words(match)) is not None:
            return year
    numbers = [int(each) for each in re.findall(r"(?<!\d)\d{2}(?!\d)", said)]
    return _full(numbers[-1]) if len(re.findall(r"\d+", said)) > 1 and numbers else None


def _of_words(match: re.Match[str]) -> int | None:
    last = match[2] or match[3]
    value = next((number for _, _, number in numbers_in(last, "en")), None) if last else 0
    century = 1900 if (match[1] or "").lower() == "nineteen" else 2000
    return None if value is None else century + value


def _day(said: str, language: str) -> int | None:
    text = _CENTURY.sub(lambda match: match[0] if _of_words(match) is None else " ", said)
    for number, word in reversed([*enumerate(_ORDINALS, start=1)]):
        if match := re.search(rf"\b(twenty|thirty)?[ -]?{word}\b", text, re.I):
            return number + {"twenty": 20, "thirty": 30}.get((match[1] or "").lower(), 0)
    if re.search(r"\bthirtieth\b", text, re.I):
        return 30
    if match := _DAY.search(text):
        return int(match[1])
    return next((value for _, _, value in numbers_in(text, language)), None)
