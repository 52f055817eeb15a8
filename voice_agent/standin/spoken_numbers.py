"""Numbers as people say them, in the languages that the script speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

_Words = dict[str, int]


def _listed(words: str, first: int = 0, step: int = 1) -> _Words:
    """Return the numbers of words in a row; those with a stroke between them are the same."""
    found: _Words = {}
    for place, each in enumerate(words.split()):
        for word in each.split("|"):
            found[word.replace("_", " ")] = first + place * step
    return found


def _joined(tens: _Words, units: _Words, *forms: str) -> _Words:
    """Return tens and units put together, as the forms have them."""
    return {
        form.format(ten=ten, unit=unit): tens[ten] + units[unit]
        for (ten, unit), form in product(product(tens, units), forms)
        if 0 < units[unit] < 20
    }


def _english() -> _Words:
    small = _listed(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen"
    )
    tens = _listed("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
    units = {word: value for word, value in small.items() if 0 < value < 10}
    return {**small, **tens, **_joined(tens, units, "{ten} {unit}", "{ten}-{unit}")}


def _german() -> _Words:
    small = _listed(
        "null eins|ein|eine|einen zwei|zwo drei vier fünf sechs sieben acht neun zehn elf zwölf "
        "dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
    )
    tens = _listed("zwanzig dreißig|dreissig vierzig fünfzig sechzig siebzig achtzig neunzig")
    tens = {word: 20 + 10 * place for word, place in tens.items()}
    units = _listed("ein zwei drei vier fünf sechs sieben acht neun", 1)
    return {**small, **tens, **_joined(tens, units, "{unit}und{ten}")}


def _spanish() -> _Words:
    small = _listed(
        "cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
        "quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno|veintiún veintidós "
        "veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
    )
    tens = _listed("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    units = _listed("uno dos tres cuatro cinco seis siete ocho nueve", 1)
    return {**small, **tens, **_joined(tens, units, "{ten} y {unit}")}


def _portuguese() -> _Words:
    small = _listed(
        "zero um|uma dois|duas três quatro cinco seis|meia sete oito nove dez onze doze treze "
        "catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito "
        "dezenove|dezanove"
    )
    tens = _listed("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
    units = {word: value for word, value in small.items() if 0 < value < 10 and word != "meia"}
    return {**small, **tens, **_joined(tens, units, "{ten} e {unit}")}


def _french() -> _Words:
    small = _listed(
        "zéro un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
        "quinze seize dix-sept dix-huit dix-neuf"
    )
    tens = _listed("vingt trente quarante cinquante soixante", 20, 10)
    units = {word: value for word, value in small.items() if 0 < value < 10}
    teens = {word: value for word, value in small.items() if value > 9}
    forms = "{ten}-{unit}", "{ten} {unit}", "{ten} et {unit}", "{ten}-et-{unit}"
    return {
        **small,
        **tens,
        "quatre-vingts": 80,
        **_joined(tens, units, *forms),
        **_joined({"soixante": 60, "quatre-vingt": 80}, teens, *forms),
        **_joined({"quatre-vingt": 80}, units, *forms),
    }


def _italian() -> _Words:
    small = _listed(
        "zero uno|un|una due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
        "quattordici quindici sedici diciassette diciotto diciannove"
    )
    stems = _listed("vent trent quarant cinquant sessant settant ottant novant", 20, 10)
    tens = {f"{stem}{'i' if value == 20 else 'a'}": value for stem, value in stems.items()}
    units = _listed("due tré|tre quattro cinque sei sette nove")
    units = dict(zip(units, (2, 3, 3, 4, 5, 6, 7, 9), strict=True))
    elided = _joined(stems, {"uno": 1, "otto": 8}, "{ten}{unit}")
    return {**small, **tens, **_joined(tens, units, "{ten}{unit}"), **elided}


def _dutch() -> _Words:
    small = _listed(
        "nul één|een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
        "vijftien zestien zeventien achttien negentien"
    )
    tens = _listed("twintig dertig veertig vijftig zestig zeventig tachtig negentig", 20, 10)
    units = _listed("een twee drie vier vijf zes zeven acht negen", 1)
    return {**small, **tens, **_joined(tens, units, "{unit}en{ten}", "{unit}ën{ten}")}


def _hindi() -> _Words:
    small = _listed(
        "शून्य|ज़ीरो एक दो तीन चार पाँच|पांच छह|छः सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह "
        "सत्रह अठारह उन्नीस बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस"
    )
    return {**small, **_listed("चालीस पचास साठ सत्तर अस्सी नब्बे", 40, 10)}


def _chinese() -> _Words:
    units = _listed("一 二|两 三 四 五 六 七 八 九", 1)
    tens = {"十": 10, **{f"{unit}十": 10 * value for unit, value in units.items()}}
    return {"零": 0, "〇": 0, **units, **tens, **_joined(tens, units, "{ten}{unit}")}


def _japanese() -> _Words:
    return {**_chinese(), "ゼロ": 0, "まる": 0}


_MAKERS = {
    "en": _english,
    "de": _german,
    "es": _spanish,
    "pt": _portuguese,
    "fr": _french,
    "it": _italian,
    "nl": _dutch,
    "hi": _hindi,
    "zh": _chinese,
    "ja": _japanese,
}
LANGUAGES = frozenset(_MAKERS)
"""The languages whose numbers are known up to 99, or nearly."""
_UNSPACED = ("zh", "ja")
_SAID_TWICE = {"double": 2, "triple": 3, "doppel": 2, "doble": 2, "dubbel": 2, "doppio": 2}
_PLUS = re.compile(r"plus|más|mais|più|प्लस|加|プラス", re.I)
_OH = re.compile(r"oh?", re.I)
_DIGITS = re.compile(r"[+\d]+")
_WORD = re.compile(
    r"(?!の)[\w\u0900-\u0963\u0966-\u097f']+"
)  # In Japanese, の parts the digits of a number.


@cache
def _words_of(language: str) -> Mapping[str, int]:
    own = language.partition("-")[0]
    spoken = (_MAKERS[own]() if own in _MAKERS else {}) if own != "en" else {}
    # In another language, a word of English that is one of its own is that one.
    return {**_english(), **spoken}


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Return what finds the words for numbers, the longest first."""
    words = sorted(_words_of(language), key=len, reverse=True)
    own = language.partition("-")[0]
    wide = [re.escape(each) for each in words if own in _UNSPACED and not each.isascii()]
    spaced = [re.escape(each) for each in words if own not in _UNSPACED or each.isascii()]
    # Not \w, to which the signs above and below the letters of Hindi do not belong.
    part = r"[\w\u0900-\u0963\u0966-\u097f]"
    bounded = rf"(?<!{part})(?:{'|'.join(spaced)})(?!{part})"
    return re.compile("|".join([bounded, *wide]), re.I)


def numbers_in(said: str, language: str) -> Iterator[tuple[int, str, int]]:
    """Yield the numbers that are said in words: the place of each, its words and the number."""
    words = _words_of(language)
    for match in _pattern(language).finditer(said):
        yield match.start(), match[0], words[match[0].lower()]


def digits_in(said: str, language: str) -> str:
    """Return the longest row of digits, spoken or written, with a plus where one is before it.

    "" where there are none. "Double five" is two, and "oh" is a zero.
    """
    rows, row, times = [], "", 1
    for kind, token in _tokens(said, language):
        if kind == "digits":
            row += token[0] * (times - 1) + token if times > 1 else token
            times = 1
        elif kind == "times":
            times = _SAID_TWICE[token.lower()]
        elif kind == "plus":
            rows.append(row)
            row = "+"
        elif kind == "word":
            rows.append(row)
            row, times = "", 1
    return max([*rows, row], key=len).rstrip("+")


def _tokens(said: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of what was said: "digits", "times", "plus", or another "word"."""
    at = 0
    numbers = {place: (words, value) for place, words, value in numbers_in(said, language)}
    while at < len(said):
        if at in numbers:
            words, value = numbers[at]
            yield "digits", str(value)
            at += len(words)
            continue
        match = _DIGITS.match(said, at) or _WORD.match(said, at)
        if match is None:
            at += 1
            continue
        word = match[0]
        nearest = min((place for place in numbers if at < place < match.end()), default=0)
        if nearest:  # in a text without spaces
            word = said[at:nearest]
        yield _kind(word), "0" if _OH.fullmatch(word) else word
        at += len(word)


def _kind(word: str) -> str:
    if _DIGITS.fullmatch(word) or _OH.fullmatch(word):
        return "digits"
    if word.lower() in _SAID_TWICE:
        return "times"
    return "plus" if _PLUS.fullmatch(word) else "word"
