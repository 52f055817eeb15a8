"""Warnings on openings that say nothing: that of the call, and those of its agents."""

from __future__ import annotations

from collections.abc import Iterator

from ..format.declared_agents import agents
from ..format.diagnostics import Diagnostic, quote
from ..format.schema import is_realtime
from .data import Data

_KIND = "silent-opening"


def opening_warnings(profile: Data) -> Iterator[Diagnostic]:
    """Yield the openings in a profile that say nothing."""
    yield from _opening(profile, [])
    for name in agents(profile.source.data):
        yield from _opening(profile, ["agents", name])


def _opening(profile: Data, above: list[str]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the opening below a path."""
    where = [*above, "on_enter"]
    for place in (where, *([*where, key] for key in ("user_input", "instructions", "say"))):
        text = profile.text(*place)
        if text and text.strip() and not any(char.isalnum() for char in text):
            message = f"{quote('.'.join(place))} has no word in it, so the opening says nothing"
            hint = "write what it should say, or leave on_enter out to wait for the caller"
            if above:
                hint = "write what it should say, or leave on_enter out to answer what was said"
            yield profile.warn(place, _KIND, message, hint)
    llm, tts = (_own(profile, above, role) for role in ("llm", "tts"))
    if is_realtime(profile.get(*llm)) and profile.text(*where, "say") and not profile.get(*tts):
        node = profile.source.value([*where, "say"])
        line = profile.source.line_in_words(profile.source.key(llm), node)
        message = f"the realtime llm on {line} cannot speak given words, so nothing is said"
        hint = 'open with "instructions", or add a "tts" to say them'
        yield profile.warn([*where, "say"], _KIND, message, hint, *llm)


def _own(profile: Data, above: list[str], role: str) -> list[str]:
    """Return the path of the model for a role below a path; that of the profile, without one."""
    own = [*above, role]
    return own if profile.get(*own) is not None else [role]
