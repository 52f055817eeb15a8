"""Says what a rehearsal is about: which profile and program, and whose words are heard in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from ..format.profile import Profile
from ..format.scenario import Reply, Scenario, ToolCall
from ..version import versions
from . import conformance
from .results import About, Origin

_DIGITS = 12  # of the profile's hash: enough to tell any two versions of a file apart


def about(profile: Profile) -> About:
    """Return the date, the program's version and the profile's hash, as they are now.

    The hash is that of all files of the profile, one after the other.
    """
    digest = hashlib.sha256()
    for file in profile.files if profile.path else ():
        digest.update(file.read_bytes())
    began = datetime.now().astimezone().isoformat(timespec="seconds")
    return About(began, versions(), digest.hexdigest()[:_DIGITS] if profile.path else "")


def talked_over(profile: Profile) -> str:
    """Return a sentence on whose words the caller talks over in the derived calls."""
    opening = profile.on_enter
    if opening is None:
        why = "the agent does not open the call"
    elif opening.say is None:
        why = "a language model would write its opening"
    elif conformance.opens_long(profile):
        return "The caller talks over the profile's own opening."
    else:
        why = "the profile's own opening is too short for it"
    return f"The caller talks over a test sentence, as {why}."


def origin(text: str, profile: Profile, scenario: Scenario | None, *, first: bool) -> Origin | None:
    """Return whose words the agent said; None if the caller heard no word of them.

    `first` is true for the first that is heard of the agent.
    """
    words = _words(text)
    if not words:
        return None
    if first and profile.on_enter is not None and profile.on_enter.say is not None:
        return "profile"
    # The agent may have been cut off.
    replies = map(_words, texts_of(scenario.replies) if scenario else ())
    if any(each.startswith(words) for each in replies):
        return "replies"
    own = _sayings(replace(profile, rehearsal=()))
    return "profile" if any(_is_of(words, each) for each in own) else "test sentence"


def _sayings(data: Any) -> Iterator[str]:
    """Yield every sentence that a part of a profile has spoken word for word."""
    if isinstance(data, Mapping | tuple):
        for each in data.values() if isinstance(data, Mapping) else data:
            yield from _sayings(each)
    elif is_dataclass(data):
        for part in fields(data):
            value = getattr(data, part.name)
            if part.name != "say":
                yield from _sayings(value)
            elif value:
                yield from [value] if isinstance(value, str) else value


def _is_of(words: str, say: str) -> bool:
    """Return whether these words may be those of a sentence, which may have been cut off."""
    first, *rest = map(_words, re.split(r"\{\{.*?\}\}", say))
    return bool(first) and (words.startswith(first) if rest else first.startswith(words))


def texts_of(replies: Iterable[Reply]) -> Iterator[str]:
    """Yield what is said in replies, what is said with calls of tools among it."""
    for reply in replies:
        if isinstance(reply, str):
            yield reply
        else:
            calls = [reply] if isinstance(reply, ToolCall) else reply
            yield from (each.say for each in calls if each.say)


def _words(text: str) -> str:
    """Return a text without the punctuation and marks that LiveKit takes out of speech."""
    return re.sub(r"\W+", " ", text.lower()).strip()
