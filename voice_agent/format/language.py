"""The language of a profile's calls, as LiveKit reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from .models import first
from .profile import Profile
from .sdk_source import literal

ENGLISH = "en"
_ANY = {"multi", "auto"}
"""What tells a model to find out which language is spoken."""


def language_of(profile: Profile) -> str:
    """Return the language of a profile's calls: "de", or "pt-BR" where it names a region.

    It is that of the model of `stt` that is tried first. Without one, or with one for several
    languages, such as "multi", it is English.
    """
    if profile.stt is None:
        return ENGLISH
    return language_in(profile.stt.first.written)


def language_in(stt: Any) -> str:
    """Return the language of what a profile has under `stt`, valid or not, as `language_of`."""
    tried = first({"stt": stt}, "stt")
    options = tried if isinstance(tried, dict) else {"model": tried}
    # What a call brings, nobody knows before.
    options = {key: value for key, value in options.items() if "{{" not in str(value)}
    if "language" in options:
        return spoken(str(options["language"]))
    _, colon, suffix = str(options.get("model", "")).rpartition(":")
    return spoken(suffix) if colon and "plugin" not in options else ENGLISH


def spoken(written: str) -> str:
    """Return a language that is named for models, in LiveKit's form; English for any and none."""
    language = normalized(written)
    return ENGLISH if not language or language in _ANY else language


def normalized(language: str) -> str:
    """Return a language in the form that LiveKit gives it: "German" and "deu" are both "de"."""
    lowered = language.strip().lower()
    code = _codes().get(lowered) or _two_letters().get(lowered)
    if code:
        return code
    first, *rest = lowered.replace("_", "-").split("-")
    return "-".join([first, *(each.title() if len(each) == 4 else each.upper() for each in rest)])


def is_language(text: str) -> bool:
    """Tell whether a text is the name of a language, or its tag: "German", "de", "pt-BR", "multi".

    Tags have two letters, as those of three are names of people too.
    """
    lowered = text.lower()
    tag = re.fullmatch(r"([a-z]{2})(?:[-_](?:[a-z]{2}|[a-z]{4}|[0-9]{3}))?", lowered)
    if tag:
        return tag[1] in {*_codes().values(), *_two_letters().values()}
    return lowered in _ANY or (lowered.isalpha() and lowered in _codes())


def base_of(language: str) -> str:
    """Return a language without its region or script, in two letters where it has them."""
    first, _, _ = language.partition("-")
    return _two_letters().get(first) or first


def name_of(language: str) -> str:
    """Return the English name of a language, or its code in quotes where LiveKit has no name."""
    base = base_of(language)
    names = [name for name, code in _codes().items() if code == base]
    return names[0].capitalize() if names else f'"{language}"'


@cache
def _codes() -> Mapping[str, str]:
    return dict(literal("_language_data", "LANGUAGE_NAMES_TO_CODE"))


@cache
def _two_letters() -> Mapping[str, str]:
    codes = literal("_language_data", "ISO_639_3_TO_1")
    return {long: short for long, short in codes.items() if short}
