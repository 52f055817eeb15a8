"""Warnings on texts that say of interruptions what the settings do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..format.declared_agents import agents
from ..format.diagnostics import Diagnostic, quote
from ..format.short_forms import written_at
from . import interruption_phrases
from .agents.texts import agent_texts, instructions
from .data import Data
from .promise_rules import place_of
from .tool_texts import spoken

_KEY = "allow_interruptions"


def interruption_warnings(profile: Data) -> Iterator[Diagnostic]:
    """Yield the texts of a profile that forbid or invite what its settings allow or forbid."""
    rest, value = profile.setting(_KEY)
    allowed = value is not False
    in_opening = profile.get("on_enter", _KEY)
    if profile.realtime and not (allowed and in_opening is not False):
        return  # another warning says that callers may interrupt all the same
    own = {name: _of_agent(profile, name) for name in agents(profile.source.data)}
    if not any(own.values()) and (not isinstance(in_opening, bool) or in_opening == allowed):
        # Where the opening or an agent differs, the instructions may speak of either.
        for where, _ in instructions(profile.source.data, []):
            yield from _contradiction(profile, where, rest, allowed)
    for key in ("instructions", "say"):
        setting, is_allowed = _opening(profile, [], rest, allowed)
        yield from _contradiction(profile, ["on_enter", key], setting, is_allowed)
    for place in spoken(profile.source.data):
        yield from _contradiction(profile, place, rest, allowed, aloud=True)
    for text in agent_texts(profile.source.data):
        if text.agent is None or text.use not in ("instructions", "say"):
            continue
        setting, is_allowed = own[text.agent] or (rest, allowed)
        if "on_enter" in text.where:
            above = ["agents", text.agent]
            setting, is_allowed = _opening(profile, above, setting, is_allowed)
        aloud = text.use == "say"
        yield from _contradiction(profile, text.where, setting, is_allowed, aloud=aloud)


def _of_agent(profile: Data, name: str) -> tuple[list[str], bool] | None:
    """Return where an agent says whether callers may interrupt, and whether; None if nowhere."""
    where = ["agents", name, *written_at(profile.get("agents", name), _KEY)]
    value = profile.get(*where)
    return (where, value) if isinstance(value, bool) else None


def _opening(
    profile: Data, above: list[str], setting: list[str], allowed: bool
) -> tuple[list[str], bool]:
    """Return the setting for the opening below a path, and its value."""
    where = [*above, "on_enter", _KEY]
    value = profile.get(*where)
    return (where, value) if isinstance(value, bool) else (setting, allowed)


def _contradiction(
    profile: Data,
    where: Sequence[str | int],
    setting: Sequence[str],
    allowed: bool,
    *,
    aloud: bool = False,
) -> Iterator[Diagnostic]:
    find = interruption_phrases.prohibition if allowed else interruption_phrases.invitation
    sentence = find(profile.text(*where) or "", aloud=aloud or where[-1] == "say")
    if not sentence:
        return
    source = profile.source
    given = profile.get(*setting) is not None
    key, value = source.key(setting) if given else None, source.value(where)
    named = quote(".".join(setting)) + (f" on {source.line_in_words(key, value)}" if key else "")
    if allowed:
        kind, hint = "forbids-interruption", "set it to false, or take these words out"
        message = f"these words forbid callers to interrupt, and {named} lets them"
        if not given:
            message = "these words forbid callers to interrupt, and nothing keeps them from it"
            hint = f"add {setting[-1]}: false, or take these words out"
        if profile.realtime:
            hint = "take these words out, or use an llm that is not realtime"
    else:
        kind, hint = "invites-interruption", "set it to true, or take these words out"
        message = f"these words invite callers to interrupt, and {named} does not let them"
    place = place_of(source, value, sentence)
    yield source.at(place, kind, message, hint, severity="warning", other=key)
